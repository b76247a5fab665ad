"""Approach 3: the exact optimum, its derivatives, bad designs named, invariances."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoflop import _newton as newton
from isoflop import datasets, laws, profiles, published, surface
from isoflop.laws import ChinchillaLaw

LAW = laws.BESIROGLU_2024
GOPHER = published.GOPHER_BUDGET


def design(law=LAW, noise=0.0, seed=0, sizes=8, lengths=8):
    """Sizes crossed with lengths: N and D vary independently."""
    N, D = (
        m.ravel()
        for m in np.meshgrid(np.geomspace(1e8, 1e10, sizes), np.geomspace(2e9, 4e11, lengths))
    )
    shock = np.random.default_rng(seed).standard_normal(len(N))
    return N, D, law.loss(N, D) * np.exp(noise * shock)


@pytest.fixture(scope="module")
def figure4():
    if not datasets.at_hand("chinchilla-figure4"):
        pytest.skip("public data not at hand: chinchilla-figure4 (set ISOFLOP_DATA)")
    table = datasets.load("chinchilla-figure4")
    return table, table[table["loss"] < np.sort(table["loss"])[-5]]


def columns(table):
    return tuple(table[c].to_numpy() for c in ("params", "tokens", "loss"))


# What must hold, on the replication's 240 points.


def test_the_optimum(figure4):
    found = surface.fit(*columns(figure4[1]))
    assert len(figure4[1]) == 240
    assert found.objective == pytest.approx(1.0182740178e-3, rel=1e-10)
    assert found.law.A == pytest.approx(477.83, abs=0.01)
    assert found.law.B == pytest.approx(2143.4, abs=0.05)
    assert found.law.E == pytest.approx(1.81722, abs=1e-5)
    assert found.law.alpha == pytest.approx(0.34731, abs=1e-5)
    assert found.law.beta == pytest.approx(0.36717, abs=1e-5)
    assert found.a == pytest.approx(0.5139, abs=5e-5)
    assert found.law.optimum(GOPHER).tokens_per_parameter == pytest.approx(17.92, abs=5e-3)
    assert found.status == "converged" and not found.warnings


def test_single_start_and_certificate_agree(figure4):
    found = surface.fit(*columns(figure4[1]), certify=True)
    assert found.certified
    best = found.stationary.iloc[0]
    assert found.objective / best["objective"] - 1 == pytest.approx(0, abs=1e-10)
    assert best["alpha"] == pytest.approx(found.law.alpha, rel=1e-6)


def test_objective_is_the_plain_sum(figure4):
    found = surface.fit(*columns(figure4[1]))
    r, delta = np.abs(found.residuals), 1e-3
    huber = np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))
    assert found.objective == pytest.approx(huber.sum(), rel=1e-12)


def test_all_points(figure4):
    found = surface.fit(*columns(figure4[0]))
    assert found.objective == pytest.approx(1.82601e-3, rel=1e-5)
    assert found.law.alpha == pytest.approx(0.3493, abs=5e-5)
    assert found.law.beta == pytest.approx(0.4530, abs=5e-5)
    assert found.law.E == pytest.approx(1.8913, abs=5e-5)


def test_the_published_row_is_the_lad_fit(figure4):
    found, printed = surface.fit(*columns(figure4[1]), delta=0), published.BESIROGLU_2024
    assert found.law.A == pytest.approx(printed.A, abs=0.01)
    assert found.law.B == pytest.approx(printed.B, abs=0.02)
    assert found.law.E == pytest.approx(1.81686, abs=1e-5)
    assert found.law.alpha == pytest.approx(printed.alpha, abs=5e-5)
    assert (np.abs(found.residuals) < 1e-9).sum() == 5  # it interpolates five points
    huber = surface.fit(*columns(figure4[1]))
    assert found.objective < np.abs(huber.residuals).sum()


@pytest.mark.slow
def test_bootstrap(figure4):
    found = surface.bootstrap(*columns(figure4[1]), replicates=10_000)
    assert found.failed == 0
    assert found.table["a"].std() == pytest.approx(0.0196, abs=0.001)
    for name, interval in {
        "alpha": (0.317, 0.373),
        "beta": (0.332, 0.416),
        "E": (1.771, 1.869),
    }.items():
        assert found.interval(name) == pytest.approx(interval, abs=3e-3)
    low, high = found.interval("tokens_per_parameter", C=GOPHER)
    assert low < 17.92 < high
    assert found.interval("N_opt", C=GOPHER)[0] > 1e10


@pytest.mark.slow
def test_second_pass_finds_no_other_interval(figure4):
    """The pass kept (from a band ten times wider) against one from least squares."""
    N, D, loss = columns(figure4[1])
    points = newton.Points.of(N, D, loss)
    w = np.random.default_rng(0).multinomial(240, np.full(240, 1 / 240), size=2000).astype(float)
    start = np.repeat(newton.minimise(_theta(points), points, np.ones(240), [1e-3]).theta, 2000, 0)
    kept = surface.refit(start, points, w, 1e-3)
    wide = newton.minimise(start, points, w, [math.inf, 3e-2, 1e-2, 3e-3, 1e-3])
    assert (wide.f < kept.f * (1 - 1e-9)).mean() < 1e-3


@pytest.mark.slow
def test_sandwich_is_near_the_bootstrap(figure4):
    instant = surface.sandwich(*columns(figure4[1]))
    slow = surface.bootstrap(*columns(figure4[1]), replicates=1000)
    for name in ("a", "alpha", "beta", "E"):
        width = [np.ptp(r.interval(name)) for r in (instant, slow)]
        assert width[0] == pytest.approx(width[1], rel=0.35)


# Every public experiment, other loss scales included.

EXPERIMENTS = [
    "epochai_chinchilla__massivetext__chinchilla",
    "llama_3__exp_loss",
    "llama_3__raw_loss",
    "marin_202603__comma__llama_2",
    "marin_202603__dclm__llama_2",
    "marin_202603__nemotron__llama_2",
    "misfitting__fineweb_c4__transformer",
    "ml_scalefit__massivetext__chinchilla",
]


@pytest.mark.slow
@pytest.mark.parametrize("clean", [False, True], ids=["all", "clean"])
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment(experiment, clean):
    if not datasets.at_hand("isoflops"):
        pytest.skip("public data not at hand: isoflops (set ISOFLOP_DATA)")
    table = datasets.load("isoflops")
    rows = table[(table["experiment"] == experiment) & ~(table["outlier"] & clean)]
    found = surface.fit(*columns(rows), certify=True)
    assert found.certified
    assert found.objective <= found.stationary["objective"].iloc[0] * (1 + 1e-9)
    assert 0.2 < found.a < 0.8


# Derivatives.


def _theta(points):
    return np.array(
        [
            [
                math.log(LAW.A) - LAW.alpha * points.x_mean,
                LAW.alpha,
                math.log(LAW.B) - LAW.beta * points.y_mean,
                LAW.beta,
                math.log(LAW.E),
            ]
        ]
    )


@pytest.mark.parametrize("delta", [1e-3, 1e-2, math.inf])
@pytest.mark.parametrize("seed", range(3))
def test_gradient_and_hessian(delta, seed):
    """Against central differences; residuals are kept off Huber's corners, where none exists."""
    rng = np.random.default_rng(seed)
    N, D, loss = design(noise=0.01, seed=seed)
    points = newton.Points.of(N, D, loss)
    theta = _theta(points) + 0.02 * rng.standard_normal((1, 5))
    r = np.abs(points.t - newton.shares(theta, points)[2][0])
    weights = rng.uniform(0.5, 2, len(N)) * (np.abs(r - min(delta, 1e9)) > 1e-4)
    _, g, H = newton.derivatives(theta, points, weights, delta)

    def richardson(function, direction):
        h, e = 2e-3, np.eye(5)[direction]

        def central(step):
            up, down = function(theta + step * e), function(theta - step * e)
            return (up - down) / (2 * step)

        coarse, middle, fine = (central(s) for s in (4e-5, 2e-5, 1e-5))
        first = (4 * middle - coarse) / 3
        second = (4 * fine - middle) / 3
        return (16 * second - first) / 15 + 0 * h

    scale_g, scale_H = np.abs(g).max(), np.abs(H).max()
    for i in range(5):
        df = richardson(lambda t: newton.derivatives(t, points, weights, delta)[0][0], i)
        dg = richardson(lambda t: newton.derivatives(t, points, weights, delta)[1][0], i)
        assert abs(df - g[0, i]) <= 1e-8 * max(scale_g, 1)
        assert np.abs(dg - H[0, i]).max() <= 1e-8 * max(scale_H, 1)


# Degenerate inputs: what each must say.


def test_too_few_points():
    N, D, loss = design()
    with pytest.raises(ValueError, match="5 points for five parameters; at least 6"):
        surface.fit(N[:5], D[:5], loss[:5])


@pytest.mark.parametrize("name", ["N", "D"])
def test_too_few_distinct(name):
    grid = {"N": {"sizes": 2}, "D": {"lengths": 2}}[name]
    with pytest.raises(ValueError, match=f"2 distinct {name}: its exponent cannot be determined"):
        surface.fit(*design(**grid))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_bad_rows(column, bad):
    data = [c.copy() for c in design()]
    data[column][7] = bad
    name = ("N", "D", "loss")[column]
    with pytest.raises(ValueError, match=rf"{name} must be finite and positive.*index \(7,\)"):
        surface.fit(*data)


def test_bad_shapes_weights_and_options():
    N, D, loss = design()
    with pytest.raises(ValueError, match="of one length: N"):
        surface.fit(N[1:], D, loss)
    with pytest.raises(ValueError, match="weights .* must have the shape"):
        surface.fit(N, D, loss, weights=np.ones(3))
    with pytest.raises(ValueError, match=r"not negative; got -1.0 at index \(0,\)"):
        surface.fit(N, D, loss, weights=-np.ones(len(N)))
    for delta in (-1, np.nan):
        with pytest.raises(ValueError, match="delta must be"):
            surface.fit(N, D, loss, delta=delta)
    with pytest.raises(ValueError, match="replicates >= 2"):
        surface.bootstrap(N, D, loss, replicates=1)
    with pytest.raises(ValueError, match="positive, finite delta"):
        surface.sandwich(N, D, loss, delta=math.inf)


def test_constant_loss():
    N, D, _ = design()
    with pytest.raises(ValueError, match="loss does not vary"):
        surface.fit(N, D, np.full(len(N), 2.5))


def test_rising_loss():
    N, D, loss = design()
    with pytest.raises(ValueError, match="no decreasing fit"):
        surface.fit(N, D, 10 / loss)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("case", ["D = 20 N", "compute-optimal"])
def test_one_line_through_the_design(case, seed):
    N = np.geomspace(1e8, 1e10, 30)
    D = 20 * N if case == "D = 20 N" else LAW.optimum(np.geomspace(1e18, 1e22, 30)).D
    if case == "compute-optimal":
        N = LAW.optimum(np.geomspace(1e18, 1e22, 30)).N
    shock = np.random.default_rng(seed).standard_normal(30)
    with pytest.raises(ValueError, match=r"D grows with N along one line .*cannot determine"):
        surface.fit(N, D, LAW.loss(N, D) * np.exp(0.003 * shock))


def test_one_size():
    N, D, loss = design(sizes=8)
    one = N == N[0]
    with pytest.raises(ValueError, match="1 distinct N: its exponent cannot be determined"):
        surface.fit(N[one], D[one], loss[one])


@pytest.mark.slow
def test_second_guard():
    """N hardly varies: the design passes the first checks, the condition number does not."""
    N, D = (
        m.ravel() for m in np.meshgrid(1e9 * np.linspace(1, 1.003, 4), np.geomspace(1e9, 1e12, 9))
    )
    loss = LAW.loss(N, D)
    with pytest.raises((ValueError, RuntimeError), match="do not determine|without converging"):
        surface.fit(N, D, loss)


@pytest.mark.slow
def test_one_budget_is_a_fit_with_a_warning():
    """20 noise draws: the loose parameters are named."""
    N = LAW.optimum(1e21).N * np.geomspace(1 / 20, 20, 40)
    D = 1e21 / (6 * N)
    for seed in range(20):
        shock = np.random.default_rng(seed).standard_normal(40)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = surface.fit(N, D, LAW.loss(N, D) * np.exp(0.003 * shock))
        if found.condition > 1e3:
            assert any("loosely determined: " in note for note in found.warnings)
            assert found.status == "warning"
    noiseless = surface.fit(N, D, LAW.loss(N, D))
    assert noiseless.law.alpha == pytest.approx(LAW.alpha, rel=1e-4)


def with_outlier(end, reach, factor):
    """One run at an extreme N, moved out by ``reach``, its loss wrong by ``factor``."""
    N, D, loss = design(noise=0.003, seed=1, sizes=6, lengths=6)
    at = np.argmin(N) if end == "smallest" else np.argmax(N)
    N[at] *= 1 / reach if end == "smallest" else reach
    loss[at] *= factor
    return N, D, loss


def test_steep_exponent_is_a_warning():
    """One gross outlier at the smallest N drives alpha up; Huber does not bound leverage."""
    with pytest.warns(profiles.FitWarning, match=r"alpha = 2.\d\d is above 1.5: one gross outlier"):
        found = surface.fit(*with_outlier("smallest", 5, 5))
    assert found.status == "warning"


@pytest.mark.parametrize("factor", [0.3, 0.5, 2, 3, 5])
@pytest.mark.parametrize("reach", [1, 5, 20])
@pytest.mark.parametrize("end", ["smallest", "largest"])
def test_one_outlier_does_not_hide_the_minimum(end, reach, factor):
    """Least squares starts far off here; the robust start finds what the certificate finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = surface.fit(*with_outlier(end, reach, factor), certify=True)
    assert found.certified


# Invariances and known truth.

exponents = st.floats(0.15, 1.2)
DRAWS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much],
    derandomize=True,
)


@DRAWS
@given(
    E=st.floats(0.3, 3.0),
    N_share=st.floats(0.1, 2.0),
    D_share=st.floats(0.1, 2.0),
    alpha=exponents,
    beta=exponents,
)
def test_noiseless_runs_give_their_law_back(E, N_share, D_share, alpha, beta):
    """A and B are drawn as the size of their terms at the middle of the design."""
    law = ChinchillaLaw(E, N_share * 1e9**alpha, D_share * 3e10**beta, alpha, beta)
    found = surface.fit(*design(law)).law
    for name in ("E", "A", "B", "alpha", "beta"):
        assert getattr(found, name) == pytest.approx(getattr(law, name), rel=1e-6)


@DRAWS
@given(factor=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_scaling_N_or_D(factor, seed):
    """N in other units: A changes by factor^alpha, nothing else; the same for D and B."""
    N, D, loss = design(noise=0.005, seed=seed)
    base, in_N, in_D = (
        surface.fit(*data).law
        for data in ((N, D, loss), (N * factor, D, loss), (N, D * factor, loss))
    )
    for other, grown, kept, exponent in ((in_N, "A", "B", "alpha"), (in_D, "B", "A", "beta")):
        expected = getattr(base, grown) * factor ** getattr(base, exponent)
        assert getattr(other, grown) == pytest.approx(expected, rel=1e-6)
        assert getattr(other, kept) == pytest.approx(getattr(base, kept), rel=1e-6)
        assert other.a == pytest.approx(base.a, rel=1e-7)


@DRAWS
@given(factor=st.floats(0.1, 10), seed=st.integers(0, 1000))
def test_unit_of_loss(factor, seed):
    """Nats, bits, per byte: E, A and B scale, the exponents stay."""
    N, D, loss = design(noise=0.005, seed=seed)
    base, scaled = surface.fit(N, D, loss).law, surface.fit(N, D, loss * factor).law
    for name in ("E", "A", "B"):
        assert getattr(scaled, name) == pytest.approx(factor * getattr(base, name), rel=1e-6)
    assert (scaled.alpha, scaled.beta) == pytest.approx((base.alpha, base.beta), rel=1e-7)


@DRAWS
@given(seed=st.integers(0, 1000))
def test_order_of_rows(seed):
    data = design(noise=0.005, seed=seed)
    order = np.random.default_rng(seed).permutation(len(data[0]))
    base, shuffled = surface.fit(*data), surface.fit(*(c[order] for c in data))
    assert shuffled.objective == pytest.approx(base.objective, rel=1e-9)
    for name in ("E", "A", "B", "alpha", "beta"):
        assert getattr(shuffled.law, name) == pytest.approx(getattr(base.law, name), rel=1e-9)


def test_weights_are_counts():
    N, D, loss = design(noise=0.005)
    twice = surface.fit(*(np.concatenate([c, c[:10]]) for c in (N, D, loss)))
    weights = np.where(np.arange(len(N)) < 10, 2.0, 1.0)
    weighted = surface.fit(N, D, loss, weights=weights)
    assert weighted.objective == pytest.approx(twice.objective, rel=1e-9)
    dropped = surface.fit(N, D, loss, weights=np.where(np.arange(len(N)) < 3, 0.0, 1.0))
    assert dropped.law.alpha == pytest.approx(
        surface.fit(N[3:], D[3:], loss[3:]).law.alpha, rel=1e-7
    )
