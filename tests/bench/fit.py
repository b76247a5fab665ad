"""How fast are the fits? Ratios of CPU time against two references timed in the same run.

    OPENBLAS_NUM_THREADS=1 python tests/bench/fit.py

(a) A fit against Hoffmann et al.'s procedure: L-BFGS from each of their 4,500 grid starts. A sample
    of the starts is timed and extrapolated to 4,500; the table says so.
(b) A bootstrap replicate (both passes) against one BFGS refit of the same resample from the
    published parameters: SciPy, numerical gradients, a lean objective.
(c) A certified fit against a plain one.

On the replication's 240 points where they are at hand, else on a simulated design of that size. CPU
time, medians over repetitions; nothing here passes or fails.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread: CPU time is then work

import numpy as np
from scipy.optimize import minimize

from isoflop import datasets, laws, surface

SAMPLE, RESAMPLES, REPEATS = 90, 30, 7
DELTA = surface.HUBER_DELTA


def points() -> tuple[str, tuple[np.ndarray, ...]]:
    if datasets.at_hand("chinchilla-figure4"):
        table = datasets.load("chinchilla-figure4")
        table = table[table["loss"] < np.sort(table["loss"])[-5]]
        return "240 digitised points", tuple(
            table[c].to_numpy() for c in ("params", "tokens", "loss")
        )
    rng = np.random.default_rng(0)
    N, D = np.exp(rng.uniform(18, 23, 240)), np.exp(rng.uniform(21, 26, 240))
    loss = laws.BESIROGLU_2024.loss(N, D) * np.exp(0.004 * rng.standard_normal(240))
    return "240 simulated points (stand-in)", (N, D, loss)


def objective(theta, log_N, log_D, log_L, w):
    """The plain sum over (log A, log B, log E, alpha, beta), as lean as NumPy allows."""
    a, b, e, alpha, beta = theta
    r = log_L - np.log(np.exp(a - alpha * log_N) + np.exp(b - beta * log_D) + np.exp(e))
    psi = np.clip(r, -DELTA, DELTA)
    return (w * psi) @ (r - 0.5 * psi)


def seconds(function) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def starts() -> np.ndarray:
    """Hoffmann et al.'s grid (section D.3): 4,500 starts."""
    halves, logs = np.arange(0, 2.01, 0.5), np.arange(0, 25.1, 5)
    return np.array(list(itertools.product(logs, logs, np.arange(-1, 1.01, 0.5), halves, halves)))


def main() -> None:
    name, (N, D, loss) = points()
    logs, one = (np.log(N), np.log(D), np.log(loss)), np.ones(len(N))
    rng, grid = np.random.default_rng(0), starts()
    with np.errstate(all="ignore"):
        sample = grid[rng.choice(len(grid), SAMPLE, replace=False)]
        per_start = statistics.mean(
            seconds(lambda s=s: minimize(objective, s, args=(*logs, one), method="L-BFGS-B"))
            for s in sample
        )
        law = laws.BESIROGLU_2024
        published = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
        weights = rng.multinomial(len(N), np.full(len(N), 1 / len(N)), size=RESAMPLES).astype(float)
        bfgs = statistics.median(
            seconds(lambda w=w: minimize(objective, published, args=(*logs, w), method="BFGS"))
            for w in weights
        )
    surface.fit(N, D, loss)
    fit = statistics.median(seconds(lambda: surface.fit(N, D, loss)) for _ in range(5 * REPEATS))
    certified = statistics.median(
        seconds(lambda: surface.fit(N, D, loss, certify=True)) for _ in range(REPEATS)
    )
    replicate = statistics.median(
        seconds(lambda: surface.bootstrap(N, D, loss, replicates=4000)) / 4000
        for _ in range(REPEATS)
    )
    print(f"{name}; CPU time, one thread")
    print(f"4,500 L-BFGS starts (extrapolated from {SAMPLE})   {4500 * per_start:10.2f} s")
    print(f"surface.fit                                    {1e3 * fit:10.2f} ms")
    print(f"    ratio (a)                                  {4500 * per_start / fit:10.0f}")
    print(f"one BFGS refit (median of {RESAMPLES} resamples)          {1e3 * bfgs:10.2f} ms")
    print(f"bootstrap replicate, both passes               {1e6 * replicate:10.1f} us")
    print(f"    ratio (b)                                  {bfgs / replicate:10.1f}")
    print(f"surface.fit(certify=True)                      {1e3 * certified:10.1f} ms")
    print(f"    certified over plain (c)                   {certified / fit:10.1f}")


if __name__ == "__main__":
    main()
