"""Intervals cover what they say, on the replication's own design."""

import numpy as np
import pytest

from isoflop import datasets, laws, surface, uncertainty


@pytest.fixture(scope="module")
def replication():
    if not datasets.at_hand("chinchilla-figure4"):
        pytest.skip("public data not at hand: chinchilla-figure4 (set ISOFLOP_DATA)")
    table = datasets.load("chinchilla-figure4")
    table = table[table["loss"] < np.sort(table["loss"])[-5]]
    return table, surface.fit(table["params"], table["tokens"], table["loss"])


def within(row) -> bool:
    slack = 2 * max(row.error, np.sqrt(0.95 * 0.05 / row.data_sets))
    return 0.93 - slack <= row.coverage <= 0.98 + slack


@pytest.mark.slow
def test_the_default_interval_covers(replication):
    """Nominal 0.95, 300 data sets with the real residuals: a, alpha, beta, E, N_opt(5.76e23)."""
    table, fit = replication
    found = uncertainty.coverage(
        fit.law, table["params"], table["tokens"], fit.residuals, replicates=400
    )
    assert list(found["quantity"]) == ["a", "alpha", "beta", "E", "N_opt(5.76e+23)"]
    assert (found["data_sets"] == 300).all()
    assert all(within(row) for row in found.itertuples()), found.to_string()


def test_stopping_early_does_not_cover(replication):
    """The count can fail: intervals a twentieth as wide miss the truth most of the time."""
    table, fit = replication

    def narrow(N, D, loss, seed):
        full = surface.sandwich(N, D, loss, seed=seed)
        middle = full.table.median()
        return type(full)(middle + (full.table - middle) / 20, full.level)

    found = uncertainty.coverage(
        fit.law, table["params"], table["tokens"], fit.residuals, data_sets=60, interval=narrow
    )
    assert (found["coverage"] < 0.5).all()


def test_normal_noise_and_progress():
    law, seen = laws.BESIROGLU_2024, []
    N, D = (m.ravel() for m in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)))
    found = uncertainty.coverage(
        law, N, D, 0.002, data_sets=5, quantities=["a"], replicates=50, progress=seen.append
    )
    assert len(seen) == 5 and found["truth"][0] == law.a


def test_truths():
    law = laws.BESIROGLU_2024
    assert uncertainty.truth(law, "a") == law.a
    assert uncertainty.truth(law, "tokens_per_parameter", 1e21) == pytest.approx(
        law.optimum(1e21).tokens_per_parameter
    )
