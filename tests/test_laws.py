"""The laws against known truth, published numbers and bad input."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from isoflop import laws, published
from isoflop.laws import ChinchillaLaw, KaplanLaw

ALL = [laws.HOFFMANN_2022, laws.HOFFMANN_2022_ROUNDED, laws.BESIROGLU_2024]


@pytest.mark.parametrize("law", ALL)
@pytest.mark.parametrize("C", [1e17, 1e21, 5.76e23, 1e27])
def test_optimum_is_the_constrained_minimum(law, C):
    best = minimize_scalar(
        lambda x: law.loss(np.exp(x), C / (6 * np.exp(x))), bounds=(5, 45), method="bounded"
    )
    at = law.optimum(C)
    assert at.loss <= best.fun + 1e-12
    assert np.log(at.N) == pytest.approx(best.x, abs=1e-3)
    assert 6 * at.N * at.D == pytest.approx(C, rel=1e-12)


@pytest.mark.parametrize("law", [*ALL, laws.KAPLAN])
def test_exponents_are_the_optimum_s_slopes(law):
    low, high = law.optimum(1e20), law.optimum(1e24)
    decades = np.log(1e4)
    assert np.log(high.N / low.N) / decades == pytest.approx(law.a, rel=1e-9)
    assert law.a + law.b == pytest.approx(1)


def test_larger_loss_exponent_gets_the_smaller_share():
    law = ChinchillaLaw(1.7, 400, 400, alpha=0.5, beta=0.3)
    assert law.a < 0.5 < law.b


def test_broadcasting():
    law = laws.BESIROGLU_2024
    assert law.loss(np.ones((3, 1)) * 1e9, np.ones(4) * 1e10).shape == (3, 4)
    assert isinstance(law.loss(1e9, 1e10), float)
    plan = law.optimum([1e20, 1e21])
    assert plan.N.shape == plan.tokens_per_parameter.shape == (2,)


def test_published_figures():
    at = laws.HOFFMANN_2022.optimum(published.GOPHER_BUDGET)
    rounded = laws.HOFFMANN_2022_ROUNDED.optimum(published.GOPHER_BUDGET)
    assert at.tokens_per_parameter == pytest.approx(58.9, abs=0.05)
    assert rounded.tokens_per_parameter == pytest.approx(92.6, abs=0.05)
    assert at.N == pytest.approx(40e9, rel=0.02)  # figure 4: 40B
    besiroglu = laws.BESIROGLU_2024
    assert besiroglu.a == pytest.approx(0.513, abs=5e-4)
    at = besiroglu.optimum(published.GOPHER_BUDGET)
    assert at.tokens_per_parameter == pytest.approx(18.4, abs=0.1)


def test_unrounded_constants_round_to_the_printed_ones():
    exact, rounded = published.HOFFMANN_2022, published.HOFFMANN_2022_ROUNDED
    assert round(exact.E, 2) == rounded.E
    assert round(exact.A, 1) == rounded.A
    assert round(exact.B, 1) == rounded.B
    assert round(exact.alpha, 2) == rounded.alpha
    assert round(exact.beta, 2) == rounded.beta


def test_kaplan():
    law = KaplanLaw()
    assert law.optimum(1e21).N == pytest.approx(published.KAPLAN_N_AT_1E21, rel=2e-3)
    tenfold = law.optimum(1e22).N / law.optimum(1e21).N
    assert tenfold == pytest.approx(10**0.73)
    assert law.loss_of_N(law.N_c) == law.loss_of_D(law.D_c) == 1
    assert law.loss_of_C(law.C_c * published.PF_DAY) == pytest.approx(1)
    at = law.optimum(1e23)
    assert at.loss == pytest.approx(law.loss_of_C(0.5e23))
    assert at.loss != pytest.approx(law.loss(at.N, at.D), rel=1e-3)  # said in the docstring


def test_kaplan_joint_law_limits():
    law = KaplanLaw()
    ratio = law.joint_alpha_N / law.joint_alpha_D
    N, D = 1e9, 1e10
    assert law.loss(N, 1e40) == pytest.approx((law.joint_N_c / N) ** law.joint_alpha_N)
    assert law.loss(1e60, D) == pytest.approx((law.joint_D_c / D) ** law.joint_alpha_D, rel=1e-6)
    expected = ((6.4e13 / N) ** ratio + 1.8e13 / D) ** 0.103
    assert law.loss(N, D) == pytest.approx(expected)


def test_published_constants_make_laws():
    assert ChinchillaLaw(**published.HOFFMANN_2022) == laws.HOFFMANN_2022
    assert KaplanLaw(**published.KAPLAN_2020) == KaplanLaw()
    assert laws.as_law(published.BESIROGLU_2024) == laws.BESIROGLU_2024
    with pytest.raises(KeyError):
        published.HOFFMANN_2022["source"]


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_bad_counts(bad):
    with pytest.raises(ValueError, match="N must be finite and positive"):
        laws.HOFFMANN_2022.loss(bad, 1e9)
    with pytest.raises(ValueError, match=r"D must be .* at index \(1,\)"):
        laws.HOFFMANN_2022.loss(1e9, [1e9, bad])
    with pytest.raises(ValueError, match="C must be"):
        laws.KAPLAN.optimum(bad)


def test_bad_constants():
    with pytest.raises(ValueError, match="alpha must be"):
        ChinchillaLaw(1.7, 400, 400, alpha=0, beta=0.3)
    with pytest.raises(ValueError, match="E must be"):
        ChinchillaLaw(-1, 400, 400, 0.3, 0.3)
    with pytest.raises(TypeError, match="expected a law"):
        laws.as_law(3)
