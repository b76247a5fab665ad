"""The next runs: what a design promises is what it gives when it is made under a known law."""

import math

import numpy as np
import pytest

from isoflop import _rounds, design, laws, simulate, surface
from isoflop._newton import Points
from isoflop.runs import columns_of

TRUTH, TARGET, SPEND, NOISE = laws.BESIROGLU_2024, 1e21, 1e20, 0.004


def present(seed=0):
    """35 runs over five budgets, as a first round may be."""
    budgets = np.geomspace(1e17, 1e19, 5)
    sizes = simulate.sizes_around(TRUTH, budgets, factor=6, count=7)
    return simulate.runs(TRUTH, budgets, sizes, noise=NOISE, seed=seed)


def width(N, D, loss, seed):
    boot = surface.bootstrap(N, D, loss, replicates=300, seed=seed)
    low, high = boot.interval("N_opt", TARGET)
    return math.log(high / low)


def made(runs, round, times):
    """Ratios of widths when the round is really made under the truth, ``times`` over."""
    N, D, loss, _ = columns_of(runs)
    now, after = np.mean([width(N, D, loss, seed) for seed in range(5)]), []
    for k in range(times):
        shock = np.random.default_rng(1000 + k).standard_normal(len(round.N))
        new = TRUTH.loss(round.N, round.D) * np.exp(NOISE * shock)
        parts = zip((N, D, loss), (round.N, round.D, new))
        after.append(width(*map(np.concatenate, parts), seed=k))
    return np.array(after) / now


@pytest.fixture(scope="module")
def fitted():
    runs = present()
    N, D, loss, _ = columns_of(runs)
    return runs, surface.bootstrap(N, D, loss, replicates=400)


def silly():
    """All the FLOPs on three sizes of nearly the same run, at one budget."""
    return next(r for r in design.candidates(TRUTH, SPEND, budgets=1, sizes=3) if r.factor == 1.5)


def test_candidates_spend_what_they_may():
    rounds = design.candidates(TRUTH, SPEND, floor=1e17)
    assert len(rounds) > 100
    for r in rounds:
        assert math.isclose(r.spend, SPEND, rel_tol=1e-9)
        assert len(r.N) == len(r.budgets) * r.sizes and min(r.budgets) >= 1e17
        middle = r.N.reshape(len(r.budgets), -1)[:, r.sizes // 2]
        assert np.allclose(middle, TRUTH.optimum(np.array(r.budgets)).N)
    fixed = design.candidates(TRUTH, SPEND, budgets=2, sizes=4)
    assert {(len(r.budgets), r.sizes) for r in fixed} == {(2, 4)}


def test_a_repetition_stays_within_its_spend():
    runs = present()
    cheapest = float((6 * runs["params"] * runs["tokens"]).min())
    for spend in (2 * cheapest, SPEND, 5 * SPEND):
        again = design.repeated(runs, spend, np.random.default_rng(0))
        assert spend - cheapest < again.spend <= spend
        assert set(again.N) <= set(runs["params"])
    with pytest.raises(ValueError, match="does not pay for the cheapest present run"):
        design.repeated(runs, cheapest / 2, np.random.default_rng(0))


def test_gradient_of_the_optimum(fitted):
    """Against finite differences of laws.ChinchillaLaw.optimum."""
    runs, _ = fitted
    points = Points.of(*columns_of(runs)[:3])
    a, b = (math.log(c) for c in (TRUTH.A, TRUTH.B))
    theta = [a - TRUTH.alpha * points.x_mean, TRUTH.alpha, b - TRUTH.beta * points.y_mean]
    theta = np.array([*theta, TRUTH.beta, math.log(TRUTH.E)])

    def log_N(row):
        return math.log(surface._law(row, points).optimum(TARGET).N)

    steps = 1e-6 * np.eye(5)
    slopes = [(log_N(theta + h) - log_N(theta - h)) / 2e-6 for h in steps]
    assert np.allclose(_rounds._gradient(theta[None], points, TARGET)[0], slopes, atol=1e-7)


def test_screening_knows_more_from_less(fitted):
    """More runs tell more; the same runs again halve the variance; a silly round tells little."""
    runs, boot = fitted
    N, D, _, _ = columns_of(runs)
    twice, none = design.Round(N, D), design.Round(N[:0], D[:0])
    more = [r for r in design.candidates(TRUTH, SPEND, budgets=3, sizes=9) if r.factor == 8]
    ratios = design.screen(runs, boot, [none, twice, silly(), *more], TARGET)
    assert math.isclose(ratios[0], 1) and math.isclose(ratios[1], math.sqrt(0.5), rel_tol=1e-6)
    assert ratios[2] > 0.95 and max(ratios[3:]) < 0.85


def test_a_proposal(fitted):
    runs, _ = fitted
    seen = []
    found = design.propose(
        runs, TARGET, SPEND, worlds=4, replicates=100, progress=lambda *now: seen.append(now)
    )
    assert found.interval[0] < found.N < found.interval[1]
    ratios = [outcome.ratio for outcome in found.rounds]
    assert ratios == sorted(ratios) and 0.2 < ratios[0] < 0.9
    assert seen[-1] == (seen[-1][1],) * 2 and seen[-1][1] == 4 * (len(found.rounds) + 1)
    assert len({len(o.round.budgets) for o in found.rounds}) == len(found.rounds) >= 4
    for outcome in (*found.rounds, found.repeat):
        assert outcome.low <= outcome.ratio <= outcome.high and outcome.error > 0
        assert outcome.round.spend <= SPEND * (1 + 1e-9)
    again = design.propose(runs, TARGET, SPEND, worlds=4, replicates=100)
    assert [o.ratio for o in again.rounds] == ratios


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": 0}, "target must be finite and positive"),
        ({"spend": math.inf}, "spend must be finite and positive"),
        ({"spend": 1e15}, "spend 1e\\+15 pays for no such round"),
        ({"sizes": 2}, "at least 1 budget and 3 sizes"),
        ({"budgets": 0}, "at least 1 budget and 3 sizes"),
        ({"worlds": 1}, "worlds >= 2"),
        ({"level": 1.5}, "0 < level < 1"),
    ],
)
def test_refusals(options, message):
    asked = {"target": TARGET, "spend": SPEND} | options
    with pytest.raises(ValueError, match=message):
        design.propose(present(), **asked)


def test_few_runs_tell_too_little_of_the_noise():
    with pytest.raises(ValueError, match="8 runs tell too little of the noise; at least 10"):
        design.propose(present().iloc[::4].iloc[:8], TARGET, SPEND)


def test_the_pool_has_the_size_of_the_noise():
    """Sixty fits of 35 runs: the noise drawn is that of the truth to within a tenth."""
    sizes = []
    for seed in range(60):
        residuals = surface.fit(*columns_of(present(seed))[:3]).residuals
        pool = design._pool(residuals)
        assert len(pool) == 30 and np.median(np.abs(residuals)) > NOISE / 4
        drawn = design._draw(pool, 400, np.random.default_rng(seed))
        sizes.append(math.sqrt(np.mean(np.square(drawn))))
    error = np.std(sizes) / math.sqrt(len(sizes))
    assert error < 0.03 * NOISE, "too few fits to tell"
    assert abs(np.mean(sizes) / NOISE - 1) < 0.1


@pytest.mark.slow
def test_the_promise_is_kept():
    """Eight first rounds from a known law: promised and really made agree within two standard
    errors on average (one first round knows its noise to some 13 % only); a single promise's range
    holds what is found at least seven times in eight."""
    gaps, inside = [], []
    for seed in range(8):
        runs = present(seed)
        found = design.propose(runs, TARGET, SPEND, budgets=4, sizes=9, worlds=16, replicates=300)
        best = found.rounds[0]
        really = made(runs, best.round, times=8).mean()
        gaps.append(really - best.ratio)
        inside.append(best.low <= really <= best.high)
    error = np.std(gaps, ddof=1) / math.sqrt(len(gaps))
    assert error < 0.05, "too few simulations to tell"
    assert abs(np.mean(gaps)) < 2 * error, gaps
    assert sum(inside) >= 7, inside


@pytest.mark.slow
def test_an_informative_round_beats_a_silly_one():
    runs = present(3)
    found = design.propose(runs, TARGET, SPEND, budgets=4, sizes=9, worlds=8, replicates=300)
    best = found.rounds[0]
    good, poor = (made(runs, r, times=8) for r in (best.round, silly()))
    assert good.mean() + 3 * (good.std() + poor.std()) / math.sqrt(8) < poor.mean()
    assert best.ratio + 3 * best.error < poor.mean()
