"""Runs along budgets: seed means, seed noise, the quality of valleys, three approaches at once."""

import numpy as np
import pandas as pd
import pytest

from isoflop import datasets, laws, profiles, simulate, valleys

LAW = laws.ChinchillaLaw(E=1.2, A=300.0, B=2500.0, alpha=0.65, beta=0.65)
BUDGETS = np.geomspace(1e11, 3.2e12, 6)


def sweep(noise: float, seeds: int = 2, seed: int = 0) -> pd.DataFrame:
    """Simulated runs with the mini-run's columns: seven sizes a budget, each with its seeds."""
    ladder = np.round(LAW.optimum(BUDGETS[0]).N * 1.33 ** np.arange(-4, 12), -2)
    near = [np.argsort(np.abs(np.log(ladder / LAW.optimum(C).N)))[:7] for C in BUDGETS]
    table = simulate.runs(LAW, BUDGETS, [np.sort(ladder[rows]) for rows in near])
    table = pd.concat([table.assign(seed=s) for s in range(seeds)], ignore_index=True)
    rng = np.random.default_rng(seed)
    return table.assign(
        budget=table["flops"],
        d_model=table["params"],
        params_nonembedding=table["params"] / 2,
        steps=1000,
        lr=1e-3,
        cpu_seconds=1.0,
        loss=table["loss"] + noise * rng.standard_normal(len(table)),
        arm="matched",
        status="done",
    )


def test_seed_means_and_noise():
    runs = sweep(noise=0.01, seeds=3)
    means = valleys.seed_means(runs)
    assert len(means) == len(runs) / 3 and (means["seeds"] == 3).all()
    first = means.iloc[0]
    same = (runs["budget"] == first["budget"]) & (runs["d_model"] == first["d_model"])
    assert np.isclose(first["loss"], runs.loc[same, "loss"].mean())
    assert np.isclose(valleys.seed_noise(runs), 0.01, rtol=0.2)
    assert np.isnan(valleys.seed_noise(sweep(0.01, seeds=1)))


def test_rows_that_differ_in_more_than_the_seed_are_refused():
    runs = sweep(0.0)
    runs.loc[0, "lr"] = 2e-3
    with pytest.raises(ValueError, match="more than their seed"):
        valleys.seed_means(runs)


def test_arms_and_status():
    runs = sweep(0.0)
    runs.loc[0, "status"], runs.loc[1, "arm"] = "diverged", "long-cosine"
    assert list(valleys.of_arm(runs).index) == list(range(2, len(runs)))
    assert list(valleys.of_arm(runs, "long-cosine").index) == [1]


def test_summary_agrees_with_profiles_and_holds_the_truth():
    runs = sweep(noise=0.005)
    found = valleys.summary(runs)
    fit = profiles.fit(*valleys.columns(valleys.seed_means(runs)), replicates=2)
    assert np.allclose(found["N"], fit.minima["N"])
    truth = LAW.optimum(BUDGETS)
    assert found["inside"].all()
    assert np.allclose(found["ratio"], truth.tokens_per_parameter, rtol=0.2)
    assert (found["ratio_low"] < found["ratio"]).all() and (found["r2"] > 0.95).all()
    assert np.isclose(found["seconds"].sum(), len(runs))


def test_intervals_of_minima_cover():
    truth, hits = LAW.optimum(BUDGETS).N, []
    for seed in range(20):
        found = valleys.summary(sweep(noise=0.005, seed=seed), replicates=400)
        hits.append((found["N_low"] < truth) & (truth < found["N_high"]))
    assert np.mean(hits) > 0.87


def test_r2_is_that_of_the_definition_and_the_factor_leaves_out():
    runs = sweep(noise=0.003)
    here = valleys.summary(runs, factor=2.0).iloc[2]
    means = valleys.seed_means(runs)
    rows = means[means["budget"] == here["budget"]]
    best = rows.loc[rows["loss"].idxmin(), "params"]
    rows = rows[(rows["params"] / best).between(1 / 2, 2)]
    x = np.log(rows["params"] / best)
    left = rows["loss"] - np.polyval(np.polyfit(x, rows["loss"], 2), x)
    assert here["sizes"] == len(rows) < 7
    assert np.isclose(here["r2"], 1 - left.var() / rows["loss"].var())


def test_ends_keep_only_the_seeds_that_all_have():
    runs = sweep(0.0)
    more = pd.concat([runs, runs[:5].assign(seed=7)])
    ends = valleys.as_ends(more)
    assert len(ends) == len(runs) and ends["run"].is_unique
    other = valleys.as_ends(more, N="params_nonembedding")
    assert np.allclose(other["params"], ends["params"] / 2)


def test_three_recover_the_law():
    one, two, three = valleys.three(sweep(noise=0.002), replicates=300)
    assert [e.approach for e in (one, two, three)] == ["1", "2", "3"]
    for estimate, near in ((one, 0.1), (two, 0.03), (three, 0.03)):
        assert abs(estimate.a - LAW.a) < near
        assert estimate.interval[0] < estimate.a < estimate.interval[1]


def test_one_failure_leaves_the_others():
    runs = sweep(noise=0.002)
    first = runs[runs["budget"] == BUDGETS[0]]
    one, two, _ = valleys.three(first, replicates=20)
    assert np.isnan(one.a) and one.note and np.isnan(two.a) and "two budgets" in two.note


def test_our_own_runs():
    grid = valleys.of_arm(datasets.load("minirun-cpu"))
    found = valleys.summary(grid, replicates=200)
    assert (found["sizes"] >= 5).all() and found["inside"].all() and (found["r2"] >= 0.95).all()


def test_errors_name_what_to_mend():
    grid = valleys.of_arm(datasets.load("minirun-cpu"))
    bad = grid.copy()
    bad.loc[bad.index[3], "loss"] = np.nan
    for runs, message in (
        (grid.iloc[:0], "no rows"),
        (grid.drop(columns="seed"), "no column 'seed'"),
        (bad, f"row {grid.index[3]}, column 'loss'"),
        (grid[grid["d_model"].isin([24, 32])], "2 sizes within a factor 6"),
    ):
        with pytest.raises(ValueError, match=message):
            valleys.summary(runs, replicates=2)
    with pytest.raises(ValueError, match="no finished run of the arm 'cosine'; the table has fix"):
        valleys.of_arm(datasets.load("minirun-cpu"), "cosine")
    apart = grid[(grid["d_model"] > 48) == (grid["seed"] == 1)]
    with pytest.raises(ValueError, match="no seed was run at every budget and width"):
        valleys.as_ends(apart)
    assert len(valleys.summary(grid[grid["budget"] == 1e12], replicates=50)) == 1
