"""What N, D and C count: parameters and FLOPs of a decoder-only Transformer.

The convention is the field's: a multiply and an add are two FLOPs, only matrix products count,
and the backward pass costs twice the forward pass, since each product of the forward pass needs
two more, for the gradients of its two factors. An embedding is looked up, not multiplied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isoflop.laws import Number, positive
from isoflop.published import (
    CHINCHILLA_SHAPE,
    DEEPMIND_CONTEXT,
    DEEPMIND_VOCABULARY,
    GOPHER_SHAPE,
    GPT2_CONTEXT,
    GPT2_SHAPES,
    GPT2_VOCABULARY,
    GPT3_CONTEXT,
    GPT3_SHAPE,
    Shape,
)


def training_flops(N: ArrayLike, D: ArrayLike) -> Number:
    """C = 6*N*D: two FLOPs a parameter and token forward, four backward (Kaplan et al. 2020, §2.1).

    N and D become float64 first; as integers 6 * 70e9 * 1.4e12 would overflow.
    Raises ValueError where either is not finite and positive.

    >>> from isoflop import counting
    >>> f"{counting.training_flops(70e9, 1.4e12):.3g}"
    '5.88e+23'
    """
    return 6.0 * positive("N", N) * positive("D", D)


@dataclass(frozen=True)
class Transformer:
    """A decoder-only Transformer described by its shape.

    ``tied``: the output head shares the input embedding. ``biases``: linear layers and layer
    norms carry biases. ``learned_positions``: a table of ``context`` position vectors.
    ``relative_positions``: Transformer-XL's projection of relative positions, one more d x d
    matrix a layer, as Gopher and Chinchilla have.

    Raises ValueError where a size is not a positive whole number or heads do not divide d_model.
    """

    d_model: int
    n_layers: int
    d_ff: int
    n_heads: int
    vocab_size: int
    context: int
    tied: bool = True
    biases: bool = True
    learned_positions: bool = True
    relative_positions: bool = False

    def __post_init__(self) -> None:
        for name in ("d_model", "n_layers", "d_ff", "n_heads", "vocab_size", "context"):
            value = getattr(self, name)
            if int(value) != value or value < 1:
                raise ValueError(f"{name} must be a positive whole number; got {value!r}")
        if self.d_model % self.n_heads:
            raise ValueError(f"n_heads = {self.n_heads} does not divide d_model = {self.d_model}")

    def matrix_parameters(self) -> int:
        """Entries of the matrices inside the layers: 12*n_layers*d_model^2 where d_ff = 4*d_model.

        This is Kaplan et al.'s N (table 1).
        """
        d = self.d_model
        attention = (5 if self.relative_positions else 4) * d * d
        return self.n_layers * (attention + 2 * d * self.d_ff)

    def non_embedding_parameters(self) -> int:
        """All parameters but the token embedding, the positions and an untied head."""
        d, bias = self.d_model, int(self.biases)
        linear_biases = bias * (3 * d + d + self.d_ff + d)
        norms = 2 * (1 + bias) * d
        final_norm = (1 + bias) * d
        return self.matrix_parameters() + self.n_layers * (linear_biases + norms) + final_norm

    def parameters(self) -> int:
        """All parameters, an embedding shared with the head counted once.

        >>> from isoflop import counting
        >>> counting.GPT2["small"].parameters()
        124439808
        """
        tables = self.vocab_size * (1 if self.tied else 2)
        positions = self.context if self.learned_positions else 0
        return self.non_embedding_parameters() + (tables + positions) * self.d_model

    def forward_flops(self, causal: bool = False, batch: float = math.inf) -> dict[str, float]:
        """Forward FLOPs per token by part, each token attending over the whole context.

        ``causal=True`` counts only the positions a token can see, (context + 1)/2 on average;
        dense attention kernels compute all of them. ``batch``: how many sequences share one
        projection of the relative positions, which does not depend on the tokens; with
        ``batch=1`` every sequence pays for its own.
        """
        d, seen = float(self.d_model), (self.context + 1) / 2 if causal else float(self.context)
        per_layer = {
            "projections": 8 * d * d,
            "attention": 4 * d * seen,
            "feed-forward": 4 * d * self.d_ff,
        }
        if self.relative_positions:  # their projection, and the scores of queries against them
            per_layer["relative positions"] = 2 * d * d / batch + 2 * d * seen
        parts = {name: self.n_layers * flops for name, flops in per_layer.items()}
        return parts | {"logits": 2 * d * self.vocab_size}

    def flops_per_token(self, causal: bool = False, batch: float = math.inf) -> float:
        """Exact training FLOPs per token, forward and backward: three times the forward pass.

        Only for relative positions with a finite ``batch`` is that a bound from above: the
        position vectors are constants and need no gradient.
        """
        return 3 * sum(self.forward_flops(causal, batch).values())

    def six_n_ratio(self, causal: bool = False) -> float:
        """6*N over the exact count, N being all parameters: above 1 where 6ND overstates.

        >>> from isoflop import counting
        >>> round(counting.GPT2["small"].six_n_ratio(), 2)
        0.87
        """
        return 6 * self.parameters() / self.flops_per_token(causal)


def _gpt(shape: Shape, context: int) -> Transformer:
    d = shape.d_model
    return Transformer(d, shape.n_layers, 4 * d, shape.n_heads, GPT2_VOCABULARY, context)


GPT2 = {size: _gpt(shape, GPT2_CONTEXT) for size, shape in GPT2_SHAPES.items()}
"""The four sizes of GPT-2 (Radford et al. 2019), tied embeddings, learned positions."""

GPT3 = _gpt(GPT3_SHAPE, GPT3_CONTEXT)
"""GPT-3 (Brown et al. 2020) with every layer's attention dense; theirs alternate with sparse."""


def gopher_family(shape: Shape) -> Transformer:
    """A model of Gopher's family: relative positions, a shared embedding, d_ff = 4*d_model."""
    return Transformer(
        shape.d_model,
        shape.n_layers,
        4 * shape.d_model,
        shape.n_heads,
        DEEPMIND_VOCABULARY,
        DEEPMIND_CONTEXT,
        learned_positions=False,
        relative_positions=True,
    )


GOPHER = gopher_family(GOPHER_SHAPE)
"""Gopher's shape (Hoffmann et al. 2022, table 4); vocabulary 32,000, context 2,048."""

CHINCHILLA = gopher_family(CHINCHILLA_SHAPE)
"""Chinchilla's shape, counted the same way."""


def family(d_model: int, aspect: int = 64, **shape: int) -> Transformer:
    """A GPT-2-like Transformer of width ``d_model`` with d_model/n_layers = ``aspect``.

    The feed-forward is 4*d_model wide, heads are 64 wide, vocabulary and context GPT-2's unless
    ``shape`` gives them or other fields. Raises ValueError where the width does not fit the aspect
    or the heads.

    >>> from isoflop import counting
    >>> counting.family(768).n_layers
    12
    """
    if d_model % aspect or d_model % 64:
        raise ValueError(f"d_model = {d_model} must be a multiple of 64 and of aspect = {aspect}")
    shape = {"vocab_size": GPT2_VOCABULARY, "context": GPT2_CONTEXT} | shape
    return Transformer(d_model, d_model // aspect, 4 * d_model, d_model // 64, **shape)


def appendix_f_flops_per_token(model: Transformer) -> float:
    """Training FLOPs per token by the formula of Hoffmann et al. 2022, appendix F.

    It counts the embedding as a matrix product and the softmax as three operations a score, and
    leaves relative positions out.
    """
    d, T = float(model.d_model), model.context
    attention = 6 * d * d + 2 * T * d + 3 * model.n_heads * T + 2 * T * d + 2 * d * d
    layer = attention + 4 * d * model.d_ff
    tables = 2 * model.vocab_size * d + 2 * d * model.vocab_size
    return 3 * (tables + model.n_layers * layer)


def bits(nats: ArrayLike) -> Number:
    """Nats to bits: divided by ln 2."""
    return np.asarray(nats, dtype=np.float64)[()] / np.log(2)


def bits_per_byte(nats_per_token: ArrayLike, bytes_per_token: ArrayLike) -> Number:
    """A loss in nats per token as bits per byte of text, comparable across tokenizers.

    Raises ValueError where an argument is not finite and positive.

    >>> from isoflop import counting
    >>> round(float(counting.bits_per_byte(2.2, 4.4)), 3)
    0.721
    """
    loss = positive("nats_per_token", nats_per_token)
    return bits(loss) / positive("bytes_per_token", bytes_per_token)
