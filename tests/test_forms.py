"""The family of laws with one exponent more: its limits, its optimum, its fit and its solver."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from isoflop import _forms_newton as newton
from isoflop import datasets, forms, laws, published, surface
from isoflop._newton import Points
from isoflop.profiles import FitWarning

GOPHER = published.GOPHER_BUDGET
ADDED = forms.JoinedLaw(**vars(laws.BESIROGLU_2024))
BENT = forms.JoinedLaw(E=1.75, A=400, B=1250, alpha=0.33, beta=0.34, kappa=0.75)


def design(law, noise=0.0, seed=0):
    N, D = (m.ravel() for m in np.meshgrid(np.geomspace(1e8, 1e10, 8), np.geomspace(2e9, 4e11, 8)))
    shock = np.random.default_rng(seed).standard_normal(len(N))
    return N, D, law.loss(N, D) * np.exp(noise * shock)


@pytest.fixture(scope="module")
def figure4():
    if not datasets.at_hand("chinchilla-figure4"):
        pytest.skip("public data not at hand (set ISOFLOP_DATA)")
    table = datasets.load("chinchilla-figure4").sort_values("loss", kind="stable").iloc[:-5]
    return [table[name].to_numpy() for name in ("params", "tokens", "loss")]


# ---------- The law ----------


def test_one_is_hoffmann():
    N, D, loss = design(laws.BESIROGLU_2024)
    assert np.allclose(ADDED.loss(N, D), loss, rtol=1e-14)
    best, other = ADDED.optimum(GOPHER), laws.BESIROGLU_2024.optimum(GOPHER)
    assert math.isclose(best.N, other.N, rel_tol=1e-12)
    assert math.isclose(best.loss, other.loss, rel_tol=1e-12)


def test_no_floor_and_kappa_beta_is_kaplan():
    k = laws.KAPLAN
    alpha, beta = k.joint_alpha_N, k.joint_alpha_D
    A, B = k.joint_N_c**alpha, k.joint_D_c**beta
    joint = forms.JoinedLaw(E=0, A=A, B=B, alpha=alpha, beta=beta, kappa=beta)
    N, D, loss = design(k)
    assert np.allclose(joint.loss(N, D), loss, rtol=1e-12)


def test_small_kappa_counts_the_larger_debt_alone():
    law = forms.JoinedLaw(**vars(BENT) | {"kappa": 1e-6})
    n, d = law.debts(1e9, 1e10)
    assert math.isclose(law.loss(1e9, 1e10), law.E + max(n, d), rel_tol=1e-5)


@pytest.mark.parametrize("kappa", [0.3, 0.75, 1.0, 1.4])
def test_optimum_is_the_least_and_its_exponent_does_not_depend_on_kappa(kappa):
    law = forms.JoinedLaw(**vars(BENT) | {"kappa": kappa})
    best = law.optimum(GOPHER)
    near = best.N * np.exp(np.linspace(-0.5, 0.5, 2001))
    assert abs(near[np.argmin(law.loss(near, GOPHER / (6 * near)))] / best.N - 1) < 1e-3
    n, d = law.debts(best.N, best.D)
    assert math.isclose(n / d, (law.beta / law.alpha) ** kappa, rel_tol=1e-9)
    grown = law.optimum(10 * GOPHER).N / best.N
    assert math.isclose(math.log10(grown), BENT.a, rel_tol=1e-9)


@pytest.mark.parametrize("name", ["A", "B", "alpha", "beta", "kappa"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_bad_constants_are_named(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be finite and positive"):
        forms.JoinedLaw(**vars(BENT) | {name: value})


# ---------- The solver ----------


@pytest.mark.parametrize("delta", [1e-3, math.inf])
def test_derivatives_against_differences(delta):
    points = Points.of(*design(BENT, noise=0.004))
    rng = np.random.default_rng(1)
    theta = np.array([[-0.5, 0.33, -0.7, 0.34, 0.57, -0.25]])
    w = rng.integers(0, 3, (1, len(points.t))).astype(float)
    _, g, H = newton.derivatives(theta, points, w, delta)
    h = 1e-6

    def change(part):
        up = [newton.derivatives(theta + h * e, points, w, delta)[part] for e in np.eye(6)]
        down = [newton.derivatives(theta - h * e, points, w, delta)[part] for e in np.eye(6)]
        return (np.array(up) - np.array(down))[:, 0] / (2 * h)

    assert np.abs(change(0) - g[0]).max() < 1e-7 * np.abs(g).max()
    assert np.abs(change(1) - H[0]).max() < 1e-7 * np.abs(H).max()


# ---------- The fit ----------


@pytest.mark.parametrize("law", [ADDED, BENT], ids=["added", "bent"])
def test_recovers_a_known_law(law):
    found = forms.fit(*design(law)).law
    for name, value in vars(law).items():
        assert math.isclose(getattr(found, name), value, rel_tol=1e-4), name


def test_never_above_the_surface(figure4):
    for delta in (1e-3, 1e-2, math.inf):
        more, less = (m.fit(*figure4, delta=delta) for m in (forms, surface))
        assert more.objective < less.objective


def test_figure_4_as_scipy_finds_it(figure4):
    """The same minimum from an independent optimiser, from four values of kappa."""
    found, points = forms.fit(*figure4), Points.of(*figure4)
    one = np.ones((1, len(points.t)))

    def goal(theta, delta):
        f, g, _ = newton.derivatives(theta[None], points, one, delta)
        return 1e3 * f[0], 1e3 * g[0]

    for log_kappa in (-1.0, -0.3, 0.0, 0.4):
        theta = np.array([-0.9, 0.34, -0.8, 0.35, 0.6, log_kappa])
        for delta in (1e-2, 3e-3, 1e-3):
            options = {"args": (delta,), "jac": True, "options": {"gtol": 1e-9}}
            end = minimize(goal, theta, method="BFGS", **options)
            theta = end.x
        assert math.isclose(end.fun / 1e3, found.objective, rel_tol=1e-7)
    assert math.isclose(found.law.kappa, 0.77414, rel_tol=1e-4)


def test_bootstrap(figure4):
    found = forms.fit(*figure4)
    net = forms.bootstrap(*figure4, replicates=300)
    assert net.failed == 0
    low, high = net.interval("kappa")
    assert 0.62 < low < 0.70 and 0.85 < high < 0.92
    best = found.law.optimum(GOPHER)
    for quantity, value in (
        ("tokens_per_parameter", best.tokens_per_parameter),
        ("N_opt", best.N),
        ("D_opt", best.D),
        ("loss_opt", best.loss),
    ):
        low, high = net.interval(quantity, GOPHER)
        assert low < value < high
    assert not net.table.equals(forms.bootstrap(*figure4, replicates=300, seed=1).table)


def test_replicates_reach_what_a_fresh_fit_reaches(figure4):
    """A replicate's minimum is not above the one found from the surface of its own resample."""
    net = forms.bootstrap(*figure4, replicates=40)
    n = len(figure4[0])
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=40)
    missed = 0
    for row, objective in zip(counts, net.table["objective"]):
        resample = [np.repeat(column, row) for column in figure4]
        missed += objective > forms.fit(*resample).objective * (1 + 1e-9)
    assert missed <= 2


@pytest.mark.parametrize(
    ("options", "what"),
    [({"delta": 0}, "delta"), ({"replicates": 1}, "replicates"), ({"level": 1.0}, "level")],
)
def test_bad_options_are_named(options, what):
    with pytest.raises(ValueError, match=what):
        forms.bootstrap(*design(BENT, noise=0.003), **options)


def test_bad_designs_are_refused():
    N = np.geomspace(1e8, 1e10, 20)
    with pytest.raises(ValueError, match="line"):
        forms.fit(N, 20 * N, BENT.loss(N, 20 * N))
    with pytest.raises(ValueError, match="N must"):
        forms.fit([-1.0] * 7, [1e9] * 7, [2.0] * 7)
    with pytest.raises(ValueError, match="no rows"):
        forms.fit([], [], [])
    few = [column[::11] for column in design(BENT)]  # six runs
    with pytest.raises(ValueError, match="6 points for six constants; at least 7"):
        forms.fit(*few)


def test_one_budget_says_what_to_do(figure4):
    N, D, loss = figure4
    one = np.abs(np.log(N * D / (N[100] * D[100]))) < 0.1  # fifteen runs
    with pytest.warns(FitWarning, match="loosely"), pytest.raises(RuntimeError, match="budgets"):
        forms.fit(N[one], D[one], loss[one])
