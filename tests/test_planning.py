"""Planning answers agree with the laws they come from."""

import numpy as np
import pytest

from isoflop import laws, planning, published, surface

LAWS = [laws.BESIROGLU_2024, laws.HOFFMANN_2022, laws.KAPLAN]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("C", [1e16, 1e21, 5.76e23])
def test_round_trips(law, C):
    plan = planning.plan(C, law)
    assert planning.budget_for_loss(plan.loss, law).C == pytest.approx(C, rel=1e-8)
    again = planning.tokens_for(plan.N, law)
    assert again.D == pytest.approx(plan.D, rel=1e-8)
    assert again.C == pytest.approx(C, rel=1e-8)


def test_tokens_for_closed_form():
    law = laws.BESIROGLU_2024
    C = 6 * (70e9 / law.G) ** (1 / law.a)
    assert planning.tokens_for(70e9, law).C == pytest.approx(C, rel=1e-9)


def test_takes_published_constants_and_arrays():
    assert planning.plan(1e21, published.BESIROGLU_2024) == planning.plan(1e21, LAWS[0])
    assert planning.plan(np.array([1e20, 1e21]), LAWS[0]).N.shape == (2,)


def test_unreachable():
    law = laws.HOFFMANN_2022
    for loss in (law.E, law.E / 2):
        with pytest.raises(ValueError, match="no budget reaches a loss .* the law's floor"):
            planning.budget_for_loss(loss, law)
    with pytest.raises(ValueError, match="at most"):
        planning.budget_for_loss(1e9, law)
    with pytest.raises(ValueError, match="no budget makes"):
        planning.tokens_for(1e80, law)
    with pytest.raises(ValueError, match="N must be finite and positive"):
        planning.tokens_for(-1, law)
    with pytest.raises(TypeError, match="expected a law"):
        planning.plan(1e21, "Chinchilla")


def test_intervals():
    N, D = (m.ravel() for m in np.meshgrid(np.geomspace(1e8, 1e10, 8), np.geomspace(2e9, 4e11, 8)))
    law = laws.BESIROGLU_2024
    loss = law.loss(N, D) * np.exp(0.003 * np.random.default_rng(0).standard_normal(len(N)))
    fit, replicates = surface.fit(N, D, loss), surface.bootstrap(N, D, loss, replicates=300)
    found = planning.plan_interval(1e22, fit.law, replicates)
    for name in ("N", "D", "tokens_per_parameter", "loss"):
        low, high = getattr(found, name)
        assert low < getattr(found.plan, name) < high
    assert replicates.interval("loss_opt", C=1e22) == found.loss


@pytest.mark.parametrize("served", [0, 1e11, 1e13, 1e15])
def test_serving_is_the_least_total(served):
    law = laws.BESIROGLU_2024
    plan = planning.with_serving(2.1, law, served)
    assert law.loss(plan.N, plan.D) == pytest.approx(2.1)
    assert plan.training == pytest.approx(6 * plan.N * plan.D)
    grid = plan.N * np.geomspace(0.8, 1.25, 41)
    totals = 6 * grid * law.tokens_to_reach(2.1, grid) + 2 * grid * served
    assert plan.total <= totals.min() * (1 + 1e-9)
    assert 0 <= plan.saved + 1e-9 < 1
    if served == 0:
        assert plan.N == pytest.approx(plan.training_optimum.N, rel=1e-3)


def test_serving_favours_small_models():
    law = laws.BESIROGLU_2024
    sizes = [planning.with_serving(2.1, law, t).N for t in (0, 1e11, 1e12, 1e13)]
    assert sizes == sorted(sizes, reverse=True)


def test_tokens_to_reach():
    law = laws.BESIROGLU_2024
    assert law.loss(1e9, law.tokens_to_reach(2.6, 1e9)) == pytest.approx(2.6)
    assert law.tokens_to_reach(law.E, 1e9) == np.inf
    assert list(np.isinf(law.tokens_to_reach(2.0, [1e6, 1e12]))) == [True, False]


def test_effective_tokens():
    R, U = published.MUENNIGHOFF_R_D, 1e11
    assert planning.effective_tokens(U / 2, U) == U / 2
    assert planning.effective_tokens(U, U) == U
    assert planning.effective_tokens(U * 1e6, U) == pytest.approx(U * (1 + R))
    four = planning.effective_tokens(4 * U, U) / (4 * U)
    assert 0.9 < four < 1  # four epochs are worth nearly as much as fresh text
    at_constant = planning.effective_tokens(U * (1 + R), U)
    assert (at_constant - U) / (U * R) == pytest.approx(1 - np.exp(-1))


def test_effective_parameters():
    R, enough = published.MUENNIGHOFF_R_N, 1e9
    assert planning.effective_parameters(enough / 2, enough) == enough / 2
    assert planning.effective_parameters(1e9 * enough, enough) == pytest.approx(enough * (1 + R))
    assert planning.effective_parameters(3e9, enough, np.inf) == 3e9
    twice = planning.effective_parameters(np.array([1e9, 2e9]), enough)
    assert twice[1] == pytest.approx(enough * (1 + R * (1 - np.exp(-1 / R))))
    # excess parameters lose value faster than repeated tokens: appendix A of the paper
    assert twice[1] < planning.effective_tokens(2e9, 1e9)


@pytest.mark.parametrize("excess", [published.MUENNIGHOFF_R_N, np.inf])
def test_limited_data(excess):
    law, C, U = laws.BESIROGLU_2024, 5.76e23, 1e11
    plenty = planning.limited_data(C, law, 1e14, excess=excess)
    assert plenty.N == pytest.approx(law.optimum(C).N, rel=1e-3) and plenty.epochs == 1
    scarce = planning.limited_data(C, law, U, excess=excess)
    assert scarce.loss > plenty.loss and scarce.epochs > 4
    assert 6 * scarce.N * scarce.D == pytest.approx(C)
    enough = law.G * (law.G * U) ** (law.a / law.b)  # N of the optimum with D = U
    for N in scarce.N * np.geomspace(0.05, 20, 81):
        D = planning.effective_tokens(C / (6 * N), U)
        worth = planning.effective_parameters(N, enough, excess)
        assert law.loss(worth, D) >= scarce.loss - 1e-12


@pytest.mark.parametrize("law", LAWS)
def test_the_second_discount_turns_the_direction(law):
    """Muennighoff et al.: with little text scale epochs faster than parameters."""
    C = 1e21
    free = law.optimum(C)
    both = planning.limited_data(C, law, free.D / 6)
    tokens_only = planning.limited_data(C, law, free.D / 6, excess=np.inf)
    assert both.N < free.N < tokens_only.N
    assert both.epochs > 6 > tokens_only.epochs
    assert both.loss > tokens_only.loss
    assert both.effective_N < both.N and tokens_only.effective_N == tokens_only.N


def test_limited_data_as_the_paper_writes_it():
    """One point of appendix A's law, 521/N'^0.35 + 1488/D'^0.35 + 1.87, worked out by hand."""
    law = laws.ChinchillaLaw(
        np.exp(0.6254804), np.exp(6.255414), np.exp(7.3049974), *[0.3526596] * 2
    )
    G = (law.A / law.B) ** (1 / (2 * law.alpha))
    U = 1e10
    plan = planning.limited_data(1e21, law, U)
    N_U = G**2 * U
    R_N, R_D = plan.N / N_U - 1, plan.D / U - 1
    N = N_U + N_U * 5.309743 * (1 - np.exp(-R_N / 5.309743))
    D = U + U * 15.387756 * (1 - np.exp(-R_D / 15.387756))
    assert (plan.effective_N, plan.effective) == pytest.approx((N, D))
    assert plan.loss == pytest.approx(law.E + law.A / N**law.alpha + law.B / D**law.beta)


def test_bad_serving_and_data():
    law = laws.BESIROGLU_2024
    with pytest.raises(ValueError, match="served_tokens must be"):
        planning.with_serving(2.1, law, -1)
    with pytest.raises(TypeError, match="needs a ChinchillaLaw"):
        planning.with_serving(2.1, laws.KAPLAN, 1e12)
    with pytest.raises(ValueError, match="unique must be|unique_tokens must be"):
        planning.limited_data(1e21, law, 0)
    with pytest.raises(ValueError, match="excess must be positive"):
        planning.limited_data(1e21, law, 1e10, excess=0)
