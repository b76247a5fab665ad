"""Kaplan's counting applied to Chinchilla's law, and Porian et al.'s staircase."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from isoflop import datasets, laws, reconcile

# Published exponents by step, and what unweighted Akima minima give (facts the tests hold us to).
PUBLISHED = {1: 0.835, 2: 0.706, 3: 0.602, 4: 0.571, 5: 0.497, 6: 0.711}
UNWEIGHTED = {1: 0.8337, 2: 0.7005, 3: 0.6058, 4: 0.5721, 5: 0.4968, 6: 0.7083}


@pytest.fixture(scope="module")
def porian():
    if not datasets.at_hand("porian-refinedweb"):
        pytest.skip("public data not at hand: porian-refinedweb (set ISOFLOP_DATA)")
    return datasets.load("porian-refinedweb")


@pytest.mark.parametrize("step", UNWEIGHTED)
def test_porian(porian, step):
    rows = porian[porian["step"] == step]
    minima = reconcile.akima_minima(rows["params"], rows["loss"], rows["flops"])
    plain = reconcile.power_law(minima["flops"], minima["n_opt"])
    assert plain.exponent == pytest.approx(UNWEIGHTED[step], abs=0.002)
    std = rows.groupby("flops")["n_star_std"].first().reindex(minima["flops"]).to_numpy()
    weighted = reconcile.power_law(minima["flops"], minima["n_opt"], 1 / std**2)
    assert weighted.exponent == pytest.approx(PUBLISHED[step], abs=0.012)


@pytest.mark.parametrize(
    ("law", "published"), [(laws.BESIROGLU_2024, 0.775), (laws.HOFFMANN_2022, 0.741)]
)
def test_pearce_and_song(law, published):
    found = reconcile.non_embedding_exponent(law)
    assert found.grid == pytest.approx(published, abs=0.003)
    assert found.local.min() > 0.45 and found.local.max() < 1


@pytest.mark.parametrize("size", [1e4, 1e6, 1e8, 1e10])
def test_exact_curve_is_the_numerical_optimum(size):
    """At the budget the closed form gives, that size is best, and its slope the local one."""
    law = laws.BESIROGLU_2024
    exact = reconcile.non_embedding_exponent(law, sizes=[size])

    def best(C):
        def loss(x):
            n = np.exp(x)
            return law.loss(reconcile.total_parameters(n), C / (6 * n))

        bounds = (np.log(size) - 2, np.log(size) + 2)
        return minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x

    C = exact.flops[0]
    assert best(C) == pytest.approx(np.log(size), abs=1e-5)
    slope = (best(C * 1.2) - best(C / 1.2)) / np.log(1.2**2)
    assert slope == pytest.approx(exact.local[0], abs=2e-3)


def test_without_embeddings_nothing_changes():
    law = laws.BESIROGLU_2024
    found = reconcile.non_embedding_exponent(law, omega=0)
    assert found.local == pytest.approx(law.a)
    assert found.line == pytest.approx(law.a)


def test_large_models_forget_their_embeddings():
    law = laws.BESIROGLU_2024
    far = reconcile.non_embedding_exponent(law, sizes=[1e15])
    assert far.local[0] == pytest.approx(law.a, abs=1e-3)


def test_akima_minima_find_the_bottom_and_reject_edges():
    sizes, budgets = np.geomspace(1e8, 1e10, 15), [1e20, 1e21]
    x = np.log(sizes)
    loss = np.concatenate([2 + 0.1 * (x - x[6] - 0.1) ** 2, 2 + 0.1 * (x - x[0] + 1) ** 2])
    N, C = np.tile(sizes, 2), np.repeat(budgets, 15)
    found = reconcile.akima_minima(N, loss, C)
    assert list(found["flops"]) == budgets
    assert found["n_opt"][0] == pytest.approx(np.exp(x[6] + 0.1), rel=0.03)
    assert list(found["edge"]) == [False, True] and np.isnan(found["n_opt"][1])
    doubled = reconcile.akima_minima(
        np.append(N, N), np.append(loss, loss + 1), np.append(C, C)
    )  # the lowest loss of each size counts
    assert doubled["n_opt"][0] == found["n_opt"][0]


def test_power_law():
    C = np.geomspace(1e18, 1e21, 8)
    exact = reconcile.power_law(C, 3 * C**0.55)
    assert exact.exponent == pytest.approx(0.55)
    assert exact.coefficient == pytest.approx(3, rel=1e-6)
    assert exact.standard_error < 1e-9
    rng = np.random.default_rng(0)
    noise, weights = rng.standard_normal(8) * 0.1, rng.uniform(1, 3, 8)
    found = reconcile.power_law(C, C**0.5 * np.exp(noise), weights)
    slope = np.polyfit(np.log(C), np.log(C**0.5) + noise, 1, w=np.sqrt(weights))[0]
    assert found.exponent == pytest.approx(slope)
    low, high = found.interval()
    assert low < found.exponent < high


def test_bad_input():
    with pytest.raises(ValueError, match="2 optima left"):
        reconcile.power_law([1e18, 1e19, 1e20], [1e8, np.nan, 1e9])
    with pytest.raises(ValueError, match="has 2 sizes; at least 3"):
        reconcile.akima_minima([1e8, 1e9], [3, 2], [1e20, 1e20])
    with pytest.raises(ValueError, match="of one length: N"):
        reconcile.akima_minima([1e8, 1e9, 1e10], [3, 2], [1e20] * 3)
    with pytest.raises(ValueError, match="omega must be"):
        reconcile.non_embedding_exponent(laws.BESIROGLU_2024, omega=-1)
