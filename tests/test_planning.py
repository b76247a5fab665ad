"""Planning answers agree with the laws they come from."""

import numpy as np
import pytest

from isoflop import laws, planning, published

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
