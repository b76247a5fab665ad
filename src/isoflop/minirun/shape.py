"""The shape of a tiny Transformer, and its parameters and FLOPs in both countings."""

from __future__ import annotations

from dataclasses import dataclass

from isoflop.counting import Transformer
from isoflop.minirun.corpus import VOCABULARY


@dataclass(frozen=True)
class Shape:
    """A decoder-only Transformer over bytes: untied embeddings, d_ff = 4*d_model, no biases.

    ``n_heads``: by default heads of about 16, at least two. Raises ValueError where the width
    does not divide into heads of an even size, which rotary positions need.

    >>> from isoflop.minirun.shape import Shape
    >>> Shape(64).parameters(), Shape(64).n_heads
    (131200, 4)
    """

    d_model: int
    n_layers: int = 2
    context: int = 64
    n_heads: int = 0

    def __post_init__(self) -> None:
        heads = self.n_heads or _heads(self.d_model)
        if self.d_model < 1 or self.d_model % (2 * heads):
            raise ValueError(
                f"width {self.d_model} does not divide into {heads} heads of an even size; "
                f"take a multiple of {2 * heads}"
            )
        object.__setattr__(self, "n_heads", heads)

    @property
    def transformer(self) -> Transformer:
        """The same shape as ``isoflop.counting`` counts it."""
        d = self.d_model
        return Transformer(
            d, self.n_layers, 4 * d, self.n_heads, VOCABULARY, self.context,
            tied=False, biases=False, learned_positions=False,
        )  # fmt: skip

    def nonembedding(self) -> int:
        """Parameters of the matrices inside the layers, Kaplan et al.'s N (2020, table 1)."""
        return self.transformer.matrix_parameters()

    def parameters(self) -> int:
        """Everything that is trained: matrices, embedding, head and previous-token gates."""
        return self.nonembedding() + 2 * VOCABULARY * self.d_model + self.n_layers * self.d_model

    def flops_per_token(self) -> float:
        """Exact training FLOPs per token, attention dense over the context."""
        return self.transformer.flops_per_token()


def _heads(d_model: int) -> int:
    """As near to heads of 16 as an even head size allows, and at least two."""
    fitting = [h for h in range(2, max(3, d_model // 8 + 1)) if d_model % (2 * h) == 0]
    return min(fitting, key=lambda h: abs(d_model / h - 16), default=2)
