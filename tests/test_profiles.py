"""Approach 2: truth recovered, published data reproduced, bias as predicted, bad input named."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isoflop import datasets, laws, lines, profiles, simulate
from isoflop.laws import ChinchillaLaw
from isoflop.runs import columns_of

LAW = laws.BESIROGLU_2024
BUDGETS = np.geomspace(1e18, 1e21, 5)


def fit(table, **options):
    return profiles.fit(*columns_of(table), **({"replicates": 200} | options))


def simulated(law=LAW, noise=0.0, seed=0, **grid):
    return simulate.runs(law, BUDGETS, simulate.sizes_around(law, BUDGETS, **grid), noise, seed)


@pytest.fixture(scope="module")
def chinchilla():
    if not datasets.at_hand("isoflops"):
        pytest.skip("public data not at hand: isoflops (set ISOFLOP_DATA)")
    table = datasets.load("isoflops")
    return table[table["experiment"] == datasets.CHINCHILLA_ISOFLOPS]


def test_equal_exponents_are_recovered_exactly():
    law = ChinchillaLaw(1.7, 400, 400, alpha=0.3, beta=0.3)
    found = fit(simulated(law))
    assert found.a == pytest.approx(0.5, abs=1e-9)
    assert found.b == pytest.approx(0.5, abs=1e-9)
    assert found.N(BUDGETS) == pytest.approx(law.optimum(BUDGETS).N, rel=1e-9)
    assert found.status == "ok" and not found.left_out


def test_centred_grid_keeps_the_exponent():
    assert fit(simulated(factor=16, count=9)).a == pytest.approx(LAW.a, abs=1e-9)


@pytest.mark.parametrize("n", [5, 9, 15])
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_bias_of_the_minimum_follows_the_formula(n, factor):
    """ln(N^/N*) = (alpha - beta) h^2 (3n^2 - 7) / (30 (n-1)^2), h = ln factor, to leading order."""
    law = ChinchillaLaw(1.7, 400, 400, alpha=0.36, beta=0.34)
    found = fit(simulated(law, factor=factor, count=n)).minima["N"].iloc[0]
    h = np.log(factor)
    predicted = (law.alpha - law.beta) * h**2 * (3 * n**2 - 7) / (30 * (n - 1) ** 2)
    bias = np.log(found / law.optimum(BUDGETS[0]).N)
    assert bias == pytest.approx(predicted, rel=0.12)


def test_drifting_centres_bias_the_exponent():
    law, shift = laws.HOFFMANN_2022, np.geomspace(1 / 4, 4, 5)
    table = simulated(law, factor=8, count=9, shift=shift)
    parabola, cubic = fit(table).a - law.a, fit(table, degree=3).a - law.a
    assert abs(cubic) < abs(parabola) / 2


def test_digitised_chinchilla(chinchilla):
    everything = fit(chinchilla, replicates=4000)
    assert len(chinchilla) == 123
    assert everything.a == pytest.approx(0.4951, abs=5e-4)
    assert everything.b == pytest.approx(1 - everything.a, abs=1e-9)
    outside = everything.minima[~everything.minima["inside"]]
    assert list(outside["budget"]) == [1e20]
    assert any("1e+20" in note for note in everything.warnings)
    clean = chinchilla[~chinchilla["outlier"]]
    assert len(clean) == 85
    assert fit(clean).a == pytest.approx(0.5414, abs=5e-4)


def test_dropping_the_minimum_outside(chinchilla):
    dropped = fit(chinchilla, outside="drop")
    assert dropped.a == pytest.approx(0.492, abs=5e-4)
    assert [o.budget for o in dropped.left_out] == [1e20]
    assert "outside the sampled sizes" in dropped.left_out[0].reason


def test_agrees_with_polyfit(chinchilla):
    """Least squares on parabolas in log10 N by numpy, then a line: the same numbers."""
    minima = []
    for budget, group in chinchilla.groupby("flops"):
        c2, c1, _ = np.polyfit(np.log10(group["params"]), group["loss"], 2)
        minima.append((np.log10(budget), -c1 / (2 * c2)))
    slope, intercept = np.polyfit(*np.transpose(minima), 1)
    found = fit(chinchilla)
    assert found.a == pytest.approx(slope, rel=1e-9)
    assert found.N(1e21) == pytest.approx(10 ** (slope * 21 + intercept), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "factor"), [(5, 4), (8, 8)])
def test_interval_covers(count, factor):
    """300 data sets at nominal 0.95: coverage within two Monte Carlo standard errors of 0.95–1."""
    hits = []
    for seed in range(300):
        table = simulated(noise=0.004, seed=seed, factor=factor, count=count)
        low, high = fit(table, seed=seed).a_interval
        hits.append(low <= LAW.a <= high)
    error = np.sqrt(0.95 * 0.05 / len(hits))
    assert np.mean(hits) >= 0.95 - 2 * error


def test_intervals():
    found = fit(simulated(noise=0.003))
    assert found.interval("a") == found.a_interval
    low, high = found.interval("N_opt", C=1e24)
    assert low < found.N(1e24) < high
    assert found.interval("D_opt", C=1e24)[0] > 0
    with pytest.raises(ValueError, match="no quantity 'a_star'; there are a, b"):
        found.interval("a_star")
    with pytest.raises(ValueError, match="pass C=…"):
        found.interval("N_opt")


def test_same_face_as_the_others():
    table = simulated(noise=0.003)
    columns = [table[c] for c in ("params", "tokens", "loss", "flops")]
    replicates = profiles.bootstrap(*columns, replicates=200)
    assert replicates.interval("a") == fit(table).a_interval
    assert replicates.interval("tokens_per_parameter", C=1e21)[0] > 0


def test_seed_decides():
    table = simulated(noise=0.003)
    assert fit(table, seed=1).a_interval == fit(table, seed=1).a_interval
    assert fit(table, seed=1).a_interval != fit(table, seed=2).a_interval


def test_order_and_units():
    table = simulated(noise=0.003)
    found = fit(table)
    shuffled = fit(table.sample(frac=1, random_state=3))
    assert shuffled.a == pytest.approx(found.a, rel=1e-9)
    bits = fit(table.assign(loss=table["loss"] / np.log(2)))
    assert bits.a == pytest.approx(found.a, rel=1e-9)
    scaled = fit(table.assign(params=table["params"] * 7, tokens=table["tokens"] / 7))
    assert scaled.N(1e20) == pytest.approx(7 * found.N(1e20), rel=1e-9)


def test_tokens_of_their_own():
    """Where 6ND is not the budget, b comes from the tokens, not from 1 - a."""
    table = simulated()
    table["tokens"] *= (table["flops"] / 1e18) ** 0.02
    assert fit(table).b == pytest.approx(LAW.b + 0.02, abs=1e-6)


def test_downward_parabola_is_left_out():
    table = simulated()
    lowest = table["flops"] == BUDGETS[0]
    table.loc[lowest, "loss"] = 10 - table.loc[lowest, "loss"]
    found = fit(table)
    assert [o.budget for o in found.left_out] == [BUDGETS[0]]
    assert "opens downward" in found.left_out[0].reason


def test_few_sizes_are_left_out_or_flagged():
    table = simulated(count=5)
    first, second = (table.index[table["flops"] == C] for C in BUDGETS[:2])
    found = fit(table.drop([*first[2:], *second[3:]]))
    assert "2 sizes, 3 needed" in found.left_out[0].reason
    assert any("its noise is unknown" in note for note in found.warnings)


def stretched(slope: float = 1.2) -> pd.DataFrame:
    """Sizes far above the optimum as well, whose loss rises along a line and not a parabola."""
    away = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    loss = 3 * (1 + 0.03 * np.minimum(away, 1) ** 2) + slope * np.maximum(away - 1, 0)
    N = LAW.optimum(BUDGETS).N[:, None] * np.exp(away)
    C = np.repeat(BUDGETS, len(away))
    noise = 1 + 0.0005 * np.random.default_rng(0).standard_normal(len(C))
    losses = np.tile(loss, len(BUDGETS)) * noise
    columns = {"params": N.ravel(), "tokens": C / (6 * N.ravel()), "loss": losses, "flops": C}
    return pd.DataFrame(columns)


def test_a_parabola_bent_by_far_sizes_is_said_to_be():
    """The lowest loss lies between two sizes: more sizes beyond it are not what is needed."""
    table = stretched()
    found = fit(table)
    outside = found.minima[~found.minima["inside"]]
    assert len(outside) == len(BUDGETS) and set(found.bent) == set(outside["budget"])
    for C, note in zip(outside["budget"], found.warnings):
        here = table[table["flops"] == C]
        lowest = here.loc[here["loss"].idxmin(), "params"]
        assert note.startswith(f"budget {C:.3g}: the parabola's minimum")
        assert "outside the sampled sizes, but the lowest loss" in note
        assert f"at N = {lowest:.3g}, between two others" in note and "near=0.1" in note


def test_a_minimum_that_no_size_reached_keeps_its_words():
    table = simulated(noise=0.001, factor=6, count=9)
    right = table[table["params"] > LAW.optimum(table["flops"]).N * 1.5]
    found = fit(right)
    assert not found.minima["inside"].all() and found.bent == ()
    assert any("the minimum, N = " in note for note in found.warnings)
    assert not any("between two others" in note for note in found.warnings)


def test_near_takes_the_runs_near_each_minimum():
    table = stretched()
    lowest = table.groupby("flops")["loss"].transform("min")
    kept = table[table["loss"] <= 1.1 * lowest]
    found, same = fit(table, near=0.1), fit(kept)
    assert found.a == same.a and found.a_interval == same.a_interval
    assert found.far == len(table) - len(kept) > 0 and found.near == 0.1
    assert np.log(found.minima["N"] / LAW.optimum(BUDGETS).N).abs().max() < 0.2
    assert found.bent == () and fit(table).far == 0
    columns = [table[c] for c in ("params", "tokens", "loss", "flops")]
    assert profiles.bootstrap(*columns, near=0.1, replicates=200).interval("a") == same.a_interval


def test_near_leaves_out_budgets_and_says_so():
    table = simulated(noise=0.001, count=5, factor=2)
    first = table.index[table["flops"] == BUDGETS[0]]
    table.loc[first[0], "loss"] *= 0.5
    found = fit(table, near=0.1)
    assert [o.budget for o in found.left_out] == [BUDGETS[0]]
    assert "1 sizes within 10% of the lowest loss, 3 needed" in found.left_out[0].reason
    assert found.far == 4
    with pytest.raises(ValueError, match="no budget has 3 sizes within 0.0001% of its lowest"):
        fit(table, near=1e-6)
    for bad in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="near must be a share above 0"):
            fit(table, near=bad)


@pytest.mark.parametrize("near", [None, 0.1])
def test_minima_drawn_are_those_behind_the_interval(near):
    found = fit(stretched(), near=near)
    assert found.drawn.shape == (200, len(found.minima))
    slopes, _ = lines.lines(np.log(found.minima["budget"].to_numpy()), found.drawn)
    assert lines.percentiles(slopes) == found.a_interval


def test_warns_as_python_does(chinchilla):
    with pytest.warns(profiles.FitWarning, match="outside the sampled sizes"):
        fit(chinchilla)


@pytest.mark.parametrize("column", ["params", "tokens", "loss", "flops"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 0, -1])
def test_bad_rows_are_named(column, bad):
    table = simulated()
    table.loc[3, column] = bad
    name = {"params": "N", "tokens": "D", "loss": "loss", "flops": "C"}[column]
    with pytest.raises(ValueError, match=rf"{name} must be finite and positive.*\(3,\)"):
        fit(table)


def test_bad_tables():
    with pytest.raises(ValueError, match="no rows: N, D, loss, C are empty"):
        profiles.fit([], [], [], [])
    table = simulated()
    with pytest.raises(ValueError, match="of one length: N"):
        profiles.fit(table["params"][1:], table["tokens"], table["loss"], table["flops"])
    with pytest.raises(ValueError, match="needs minima at two budgets, found 1"):
        fit(table[table["flops"] == BUDGETS[0]])
    exact = table.assign(flops=table["flops"] * np.linspace(0.99, 1.01, len(table)))
    with pytest.raises(ValueError, match="nominal budget"):
        fit(exact)
    for options in ({"degree": 4}, {"outside": "ignore"}, {"level": 1.5}):
        with pytest.raises(ValueError, match="need degree"):
            fit(table, **options)


def test_lines():
    x, slope = np.arange(5.0), 2.0
    Y = np.stack([slope * x + 1, np.where(x < 4, slope * x + 3, np.nan), np.full(5, np.nan)])
    slopes, intercepts = lines.lines(x, Y)
    assert slopes[:2] == pytest.approx(slope) and np.isnan(slopes[2])
    assert intercepts[:2] == pytest.approx([1, 3])
    assert lines.student_interval(x[:2], x[:2]) == (-np.inf, np.inf)
    low, high = lines.student_interval(x, slope * x + np.array([0, 0.1, -0.1, 0.1, 0]))
    assert low < slope < high


def test_line_interval_is_students():
    """Against the textbook: the line's variance at x is s^2 (1/n + (x - mean)^2 / Sxx)."""
    found = fit(simulated(noise=0.01), level=0.9)
    x, y = np.log(found.minima["budget"]), np.log(found.minima["N"])
    n, C = len(x), 1e24
    s2 = np.sum((y - np.log(found.N(found.minima["budget"]))) ** 2) / (n - 2)
    variance = s2 * (1 / n + (np.log(C) - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2))
    half = stats.t.ppf(0.95, n - 2) * np.sqrt(variance)
    expected = np.log(found.N(C)) + np.array([-half, half])
    assert np.log(found.line_interval(C)) == pytest.approx(expected, rel=1e-9)
    two = lines.student_interval_at(np.array([0.0, 1.0]), np.array([0.0, 1.0]), 2.0)
    assert two == (-np.inf, np.inf)


def test_percentiles_of_columns():
    values = np.column_stack([np.arange(101.0), 10 * np.arange(101.0)])
    values[100, 1] = np.nan
    low, high = lines.percentiles(values, level=0.8)
    assert low == pytest.approx([10, 99]) and high == pytest.approx([90, 891])
    assert lines.percentiles(values[:, 0], level=0.8) == pytest.approx((10, 90))
    assert all(isinstance(end, float) for end in lines.percentiles(values[:, 0]))
