"""What the machine can do at best: the speed of large matrix products, to measure runs against."""

from __future__ import annotations

import time
from functools import cache

import torch

from isoflop.minirun.train import one_thread, precision

_SIZE = {"cpu": 1024, "cuda": 8192}


@cache
def ceiling(device: str = "cpu") -> float:
    """FLOPs a second of a large square matrix product, the best of six, at training precision."""
    size = _SIZE.get(torch.device(device).type, 2048)
    a = torch.randn(size, size).to(device, precision(device))
    with one_thread():
        best = min(_seconds(a) for _ in range(6))
    return 2.0 * size**3 / best


def _seconds(a: torch.Tensor) -> float:
    def settle() -> float:
        if a.is_cuda:
            torch.cuda.synchronize()
        return time.perf_counter()

    start = settle()
    torch.matmul(a, a)
    return settle() - start
