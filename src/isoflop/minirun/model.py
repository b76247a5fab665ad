"""K tiny Transformers of one shape as one: the forward and the backward pass, by hand.

At these sizes most of the time goes into calling operations, not into arithmetic. So K runs are
one batched matrix product, all their parameters are one tensor of shape (K, P), and the gradient
is written out instead of recorded: about a hundred operations a step where autograd has twelve
hundred. ``tests/test_minirun_model.py`` holds it against autograd in double precision.

Activations are (K, B*T, d): run, token, width. The layer is x += c * previous(x), then
x += attention(norm(x)), then x += relu(norm(x) W)^2 V. Norms are LayerNorms without parameters,
positions are rotary (Su et al. 2021), output matrices and head start at zero.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from isoflop.minirun.corpus import VOCABULARY
from isoflop.minirun.shape import Shape

_EPS = 1e-5
_aten = torch.ops.aten


def layout(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter of one run, in their order in the flat tensor.

    Matrices come first and the gates last: weight decay is for the matrices.
    """
    d, names = shape.d_model, {}
    names["embed"] = (VOCABULARY, d)
    for i in range(shape.n_layers):
        names |= {f"qkv{i}": (d, 3 * d), f"out{i}": (d, d)}
        names |= {f"up{i}": (d, 4 * d), f"down{i}": (4 * d, d)}
    names["head"] = (d, VOCABULARY)
    return names | {f"gate{i}": (d,) for i in range(shape.n_layers)}


def matrices(shape: Shape) -> int:
    """How many of the flat parameters belong to matrices."""
    return sum(math.prod(s) for s in layout(shape).values() if len(s) == 2)


def views(flat: Tensor, shape: Shape) -> dict[str, Tensor]:
    """The parameters in a flat (K, P) tensor by name, each (K, *shape), without a copy."""
    found, start = {}, 0
    for name, size in layout(shape).items():
        end = start + math.prod(size)
        found[name] = flat[:, start:end].unflatten(1, size)
        start = end
    return found


def initial(shape: Shape, seeds: list[int], device: str = "cpu") -> Tensor:
    """Flat (K, P) float32 parameters, each run drawn from its own seed, on the CPU first."""
    flat = torch.zeros(len(seeds), shape.parameters())
    weights = views(flat, shape)
    for k, seed in enumerate(seeds):
        source = torch.Generator().manual_seed(seed)
        for name, weight in weights.items():
            scale = _scale(name, shape)
            if scale:
                weight[k].normal_(0.0, scale, generator=source)
    return flat.to(device)


def _scale(name: str, shape: Shape) -> float:
    """Standard deviation at the start: outputs, head and gates start at zero."""
    if name.startswith(("out", "down", "head", "gate")):
        return 0.0
    return EMBED_SCALE if name == "embed" else shape.d_model**-0.5


EMBED_SCALE = 0.3


class Network:
    """The two passes for K runs of one shape; B sequences of shape.context tokens each.

    Holds buffers for one batch size and dtype, so one instance serves one kind of batch.
    """

    def __init__(self, shape: Shape, runs: int, batch: int, device="cpu", dtype=torch.float32):
        self.shape, self.runs, self.batch, self.dtype = shape, runs, batch, dtype
        T, half = shape.context, shape.d_model // shape.n_heads // 2
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        self._complex = torch.complex128 if dtype == torch.float64 else torch.complex64
        turns = torch.arange(T, dtype=wide)[:, None] * 1e4 ** (
            -torch.arange(half, dtype=wide) / half
        )
        turn = torch.polar(torch.ones_like(turns), turns)
        # One product turns q (scaled by 1/sqrt(head)) and k, and leaves v as it is.
        rope = torch.stack([turn / math.sqrt(2 * half), turn, torch.ones_like(turn)])
        self.rope = rope[:, None, None].to(device)
        self.unrope = self.rope.conj().resolve_conj()
        self.mask = torch.full((T, T), -math.inf, dtype=dtype).triu(1).to(device)

    def forward(self, weights: dict[str, Tensor], tokens: Tensor) -> tuple[Tensor, list]:
        """Logits (K, B*T, 256) for tokens (K, B, T), and what the backward pass needs."""
        d = self.shape.d_model
        places = tokens.reshape(self.runs, -1, 1).expand(-1, -1, d)
        x = weights["embed"].gather(1, places)
        saved = [places]
        for i in range(self.shape.n_layers):
            layer = [weights[f"{name}{i}"] for name in ("gate", "qkv", "out", "up", "down")]
            x, kept = self._layer(x, *layer)
            saved.append(kept)
        last = torch.native_layer_norm(x, (d,), None, None, _EPS)
        saved.append((x, last))
        return torch.bmm(last[0], weights["head"]), saved

    def _layer(self, x, gate, qkv, out, up, down):
        d = self.shape.d_model
        mixed = x.clone()
        self._time(mixed)[:, :, 1:].addcmul_(gate[:, None, None], self._time(x)[:, :, :-1])
        first = torch.native_layer_norm(mixed, (d,), None, None, _EPS)
        attended, heads = self._attend(torch.bmm(first[0], qkv))
        middle = torch.baddbmm(mixed, attended, out)
        second = torch.native_layer_norm(middle, (d,), None, None, _EPS)
        active = torch.bmm(second[0], up).relu_()
        squared = active * active
        result = torch.baddbmm(middle, squared, down)
        return result, (x, mixed, first, heads, attended, middle, second, active, squared)

    def _time(self, x: Tensor) -> Tensor:
        return x.view(self.runs, self.batch, self.shape.context, -1)

    def _turn(self, x: Tensor, rope: Tensor, out: Tensor) -> Tensor:
        """Rotary positions as a complex product, from one layout of the heads to another."""
        torch.mul(x, rope, out=out)
        return torch.view_as_real(out)

    def _new(self, *size: int, like: Tensor) -> Tensor:
        return torch.empty(size, dtype=self._complex, device=like.device)

    def _attend(self, projected: Tensor) -> tuple[Tensor, tuple]:
        """Causal attention from joint projections (K, B*T, 3d): result (K, B*T, d)."""
        n, T, H = self.runs * self.batch, self.shape.context, self.shape.n_heads
        half = self.shape.d_model // H // 2
        paired = torch.view_as_complex(self._wide(projected).view(n, T, 3, H, half, 2))
        heads = self._new(3, n, H, T, half, like=projected)
        heads = self._turn(paired.permute(2, 0, 3, 1, 4), self.rope, heads)
        q, k, v = heads.to(self.dtype).view(3, n * H, T, 2 * half)
        weight = torch.softmax(torch.baddbmm(self.mask, q, k.transpose(1, 2)), -1)
        result = torch.bmm(weight, v).view(n, H, T, 2 * half).transpose(1, 2)
        return result.reshape(self.runs, -1, H * 2 * half), (q, k, v, weight)

    def _wide(self, x: Tensor) -> Tensor:
        """Complex numbers need float32 where the activations are narrower."""
        return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x

    def _attend_back(self, grad: Tensor, heads: tuple) -> Tensor:
        q, k, v, weight = heads
        n, T, H = self.runs * self.batch, self.shape.context, self.shape.n_heads
        size = self.shape.d_model // H
        grad = grad.view(n, T, H, size).transpose(1, 2).reshape(n * H, T, size)
        score = _aten._softmax_backward_data(
            torch.bmm(grad, v.transpose(1, 2)), weight, -1, self.dtype
        )
        back = torch.empty((3, n * H, T, size), dtype=self.dtype, device=grad.device)
        torch.bmm(score, k, out=back[0])
        torch.bmm(score.transpose(1, 2), q, out=back[1])
        torch.bmm(weight.transpose(1, 2), grad, out=back[2])
        paired = torch.view_as_complex(self._wide(back).view(3, n, H, T, size // 2, 2))
        joint = self._new(n, T, 3, H, size // 2, like=grad)
        torch.mul(paired, self.unrope, out=joint.permute(2, 0, 3, 1, 4))
        return torch.view_as_real(joint).to(self.dtype).view(self.runs, -1, 3 * H * size)

    def backward(self, weights, gradients, logits: Tensor, targets: Tensor, saved) -> Tensor:
        """Losses (K,), nats per byte; ``gradients`` (views of a flat tensor) receive d loss.

        ``logits`` is overwritten.
        """
        share = 1.0 / targets[0].numel()
        places = targets.reshape(self.runs, -1, 1)
        log_p = torch.log_softmax(logits, -1, dtype=self.rope.real.dtype)
        losses = log_p.gather(2, places).mean((1, 2)).neg()
        error = log_p.exp_().to(self.dtype)
        error.scatter_add_(2, places, self._minus_one(error, places))
        x, last = saved[-1]
        _into(gradients["head"], last[0], error, share)
        zero = error.new_zeros(())
        grad = torch.baddbmm(zero, error, weights["head"].transpose(1, 2), beta=0, alpha=share)
        grad = self._norm_back(grad, x, last)
        for i in reversed(range(self.shape.n_layers)):
            grad = self._layer_back(grad, weights, gradients, saved[1 + i], i)
        table = gradients["embed"].zero_()
        table.scatter_add_(1, saved[0], grad.to(table.dtype))
        return losses

    def _minus_one(self, like: Tensor, places: Tensor) -> Tensor:
        return torch.full((), -1.0, dtype=like.dtype, device=like.device).expand(places.shape)

    def _norm_back(self, grad, x, norm):
        return _aten.native_layer_norm_backward(
            grad, x, (self.shape.d_model,), norm[1], norm[2], None, None, (True, False, False)
        )[0]

    def _layer_back(self, grad, weights, gradients, kept, i):
        x, mixed, first, heads, attended, middle, second, active, squared = kept
        _into(gradients[f"down{i}"], squared, grad)
        wide = torch.bmm(grad, weights[f"down{i}"].transpose(1, 2)).mul_(active).mul_(2.0)
        _into(gradients[f"up{i}"], second[0], wide)
        back = torch.bmm(wide, weights[f"up{i}"].transpose(1, 2))
        grad = self._norm_back(back, middle, second).add_(grad)
        _into(gradients[f"out{i}"], attended, grad)
        joint = self._attend_back(torch.bmm(grad, weights[f"out{i}"].transpose(1, 2)), heads)
        _into(gradients[f"qkv{i}"], first[0], joint)
        back = torch.bmm(joint, weights[f"qkv{i}"].transpose(1, 2))
        grad = self._norm_back(back, mixed, first).add_(grad)
        later, result = self._time(grad)[:, :, 1:], grad.clone()
        gradients[f"gate{i}"].copy_((later * self._time(x)[:, :, :-1]).sum((1, 2)))
        self._time(result)[:, :, :-1].addcmul_(weights[f"gate{i}"][:, None, None], later)
        return result


def _into(place: Tensor, left: Tensor, right: Tensor, scale: float = 1.0) -> None:
    """place = scale * left^T right for each run."""
    if place.shape[0] == 1:
        torch.baddbmm(place, left.transpose(1, 2), right, beta=0, alpha=scale, out=place)
    else:
        zero = left.new_zeros(())
        place.copy_(torch.baddbmm(zero, left.transpose(1, 2), right, beta=0, alpha=scale))
