"""One optimiser step for K runs of one shape: AdamW with clipping, on flat parameters."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from isoflop.minirun import model
from isoflop.minirun.recipe import Run

_BETA1, _BETA2, _EPS, _CLIP = 0.9, 0.95, 1e-8, 1.0


def rates(runs: list[Run]) -> tuple[Tensor, Tensor, Tensor]:
    """Per step: AdamW's rate (steps, K, 1), what weight decay keeps (steps, K, 1), eps (steps,).

    The bias correction is folded into rate and eps.
    """
    steps = max(run.steps for run in runs)
    t = np.arange(1, steps + 1)
    first, second = 1 - _BETA1**t, np.sqrt(1 - _BETA2**t)
    share = np.zeros((steps, len(runs), 1))
    for k, run in enumerate(runs):
        share[: run.steps, k, 0] = run.schedule()
    peak = np.array([run.lr for run in runs])[:, None]
    forget = np.array([run.decay / run.steps for run in runs])[:, None]
    rate = share * peak * (second / first)[:, None, None]
    tables = (rate, 1 - share * forget, _EPS * second)
    return tuple(torch.from_numpy(x.astype(np.float32)) for x in tables)


class Stepper:
    """One optimiser step for K runs: AdamW with clipping, on flat parameters (K, P).

    On a GPU the whole step is captured once as a CUDA graph and replayed.
    """

    def __init__(self, state: list[Tensor], run: Run, dtype: torch.dtype):
        """``state``: parameters and the two moments, each (K, P) float32, changed in place."""
        self.flat, self.mean, self.square = state
        flat = self.flat
        K, device = flat.shape[0], flat.device
        self.network = model.Network(run.shape, K, run.batch, device, dtype)
        self.matrices = model.matrices(run.shape)
        self.narrow = flat if dtype == flat.dtype else flat.to(dtype)
        self.gradient = torch.zeros_like(flat)
        self.weights = model.views(self.narrow, run.shape)
        self.gradients = model.views(self.gradient, run.shape)
        self.tokens = torch.zeros(K, run.batch, run.shape.context + 1, dtype=torch.int64).to(device)
        self.rate, self.keep = torch.zeros(K, 1, device=device), torch.zeros(K, 1, device=device)
        self.eps = torch.zeros((), device=device)
        self.losses = torch.zeros(K, device=device)
        self._graph = None

    def __call__(self, tokens: Tensor, rate: Tensor, keep: Tensor, eps: Tensor) -> Tensor:
        """Losses (K,) before the step. ``rate``, ``keep``: (K, 1), with the bias correction in."""
        for mine, given in zip(
            (self.tokens, self.rate, self.keep, self.eps), (tokens, rate, keep, eps)
        ):
            mine.copy_(given)
        if self.flat.is_cuda:
            self._replay()
        else:
            self._step()
        return self.losses

    def _step(self) -> None:
        if self.narrow is not self.flat:
            self.narrow.copy_(self.flat)
        logits, saved = self.network.forward(self.weights, self.tokens[:, :, :-1])
        losses = self.network.backward(
            self.weights, self.gradients, logits, self.tokens[:, :, 1:], saved
        )
        self.losses.copy_(losses)
        gradient = self.gradient
        norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
        gradient.mul_((_CLIP / (norm + 1e-6)).clamp_(max=1.0))
        self.mean.lerp_(gradient, 1 - _BETA1)
        self.square.mul_(_BETA2).addcmul_(gradient, gradient, value=1 - _BETA2)
        self.flat[:, : self.matrices].mul_(self.keep)
        root = torch.sqrt(self.square, out=gradient).add_(self.eps)
        self.flat.sub_(torch.div(self.mean, root, out=root).mul_(self.rate))

    def _replay(self) -> None:
        if self._graph is None:
            state = [x.clone() for x in (self.flat, self.mean, self.square)]
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                self._step()  # cuBLAS makes its workspaces outside the graph
            torch.cuda.current_stream().wait_stream(side)
            for mine, before in zip((self.flat, self.mean, self.square), state):
                mine.copy_(before)
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._step()
        self._graph.replay()
