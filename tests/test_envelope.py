"""Approach 1: truth recovered, public runs reproduced, edges counted, bad tables named."""

import numpy as np
import pandas as pd
import pytest

from isoflop import datasets, envelope, laws, simulate

LAW = laws.BESIROGLU_2024
SIZES = np.geomspace(5e7, 1e10, 14)
BUDGETS = np.geomspace(3e18, 3e21, 400)
PUBLIC = np.geomspace(3e17, 3e19, 400)


def curves(**options):
    return simulate.curves(LAW, SIZES, np.geomspace(1e9, 1e12, 20), **options)


@pytest.fixture(scope="module")
def public():
    if not datasets.at_hand("misfitting-curves"):
        pytest.skip("public data not at hand: misfitting-curves (set ISOFLOP_DATA)")
    return datasets.load("misfitting-curves")


def without_embeddings(table):
    return table.assign(params=table["params_nonembedding"], flops=table["flops_nonembedding"])


def test_curves_on_the_law_give_its_exponent():
    found = envelope.fit(curves(excess=0), budgets=BUDGETS)
    assert found.a == pytest.approx(LAW.a, abs=0.01)
    assert found.b == 1 - found.a
    assert found.N(1e20) == pytest.approx(LAW.optimum(1e20).N, rel=0.15)
    assert found.winners["params"].isin(SIZES).all()


def test_one_length_misleads():
    """Every curve a single long schedule: read in mid-schedule it says nothing of shorter runs."""
    one = simulate.curves(LAW, SIZES, [1e12], excess=0.05)
    many = envelope.fit(curves(excess=0.05), budgets=BUDGETS)
    wrong = envelope.fit(one, budgets=BUDGETS)
    assert abs(many.a - LAW.a) < 0.01 < abs(wrong.a - LAW.a)


def test_public_runs_counted_both_ways(public):
    assert len(public) == 4852 and public["run"].nunique() == 240
    assert envelope.fit(public, budgets=PUBLIC).a == pytest.approx(0.515, abs=0.01)
    bare = without_embeddings(public)
    assert envelope.fit(bare, budgets=PUBLIC).a == pytest.approx(0.704, abs=0.015)
    mixed = public.assign(params=public["params_nonembedding"])
    assert envelope.fit(mixed, budgets=PUBLIC).a == pytest.approx(0.755, abs=0.015)


def test_public_intervals(public):
    low, high = envelope.bootstrap(public, budgets=PUBLIC, replicates=1000).interval("a")
    assert (low, high) == pytest.approx((0.482, 0.542), abs=0.015)
    bare = envelope.bootstrap(without_embeddings(public), budgets=PUBLIC, replicates=1000)
    assert bare.interval("a") == pytest.approx((0.674, 0.762), abs=0.015)
    assert bare.interval("N_opt", C=1e19)[0] > 0


def test_ends_alone(public):
    ends = envelope.ends(public)
    assert set(ends["run"]) == set(public["params"])
    assert len(ends) < public["run"].nunique()  # the best of several rates is kept
    assert envelope.fit(ends, budgets=PUBLIC).a == pytest.approx(0.53, abs=0.02)
    bare = envelope.ends(without_embeddings(public))
    assert envelope.fit(bare, budgets=PUBLIC).a == pytest.approx(0.73, abs=0.02)


def test_ends_resampled(public):
    """By runs, as `ends` says: against the few lines that do it openly."""
    last = public.loc[public.groupby("run")["flops"].idxmax()]
    rng, openly = np.random.default_rng(3), []
    for _ in range(20):
        drawn = last[last["run"].isin(rng.choice(last["run"], len(last)))]
        openly.append(envelope.fit(envelope.ends(drawn), budgets=PUBLIC).a)
    found = envelope.bootstrap_ends(public, budgets=PUBLIC, replicates=20, seed=3)
    assert found.failed == 0
    assert found.values("a") == pytest.approx(openly)
    assert found.values("b") == pytest.approx(1 - np.array(openly))


def test_ends_that_give_no_line():
    few = curves(excess=0)
    few = few[few["params"].isin(SIZES[5:9])]  # two sizes can win: many a resample lacks one
    found = envelope.bootstrap_ends(few, replicates=60)
    assert found.failed + len(found.table) == 60 and found.failed > 0
    assert found.table["a"].notna().all() and found.interval("N_opt", C=1e20)[0] > 0
    with pytest.raises(ValueError, match="winners of two sizes"):
        envelope.bootstrap_ends(few, budgets=[1e20], replicates=2)


def test_short_runs_are_counted(public):
    found = envelope.fit(public, budgets=PUBLIC)
    assert found.single_points == (public.groupby("run").size() == 1).sum() > 0


def test_edges_and_gaps_are_counted():
    wide = envelope.fit(curves(excess=0), budgets=np.geomspace(1e15, 1e26, 300))
    assert wide.edges > 0 and wide.uncovered > 0
    assert len(wide.winners) + wide.edges + wide.uncovered == 300
    outer = (SIZES[0], SIZES[-1])
    assert not wide.winners["params"].isin(outer).any()


def test_smoothing_is_said_and_helps_with_noise():
    noisy = curves(excess=0.02, noise=0.01)
    rough, smooth = (envelope.fit(noisy, budgets=BUDGETS, smooth=k) for k in (1, 5))
    assert (rough.smoothing, smooth.smoothing) == ("none", "running median over 5 points")
    assert smooth.winners["loss"].to_numpy() == pytest.approx(
        LAW.optimum(smooth.winners["budget"].to_numpy()).loss, rel=0.02
    )


def test_order_of_rows():
    table = curves()
    shuffled = table.sample(frac=1, random_state=0)
    assert envelope.fit(shuffled, budgets=BUDGETS).a == pytest.approx(
        envelope.fit(table, budgets=BUDGETS).a, rel=1e-9
    )


def test_same_face_as_the_others():
    replicates = envelope.bootstrap(curves(), budgets=BUDGETS, replicates=50)
    assert {"a", "b"} <= set(replicates.table.columns)
    for quantity in ("N_opt", "D_opt", "tokens_per_parameter"):
        assert replicates.interval(quantity, C=1e21)[0] > 0
    with pytest.raises(ValueError, match="no quantity 'E'; there are a, b"):
        replicates.interval("E")
    with pytest.raises(ValueError, match="pass C=…"):
        replicates.interval("N_opt")


def test_bad_tables():
    table = curves()
    with pytest.raises(ValueError, match="no column 'flops'"):
        envelope.fit(table.drop(columns="flops"))
    with pytest.raises(ValueError, match="row 3, column 'loss'"):
        envelope.fit(table.assign(loss=table["loss"].where(table.index != 3)))
    with pytest.raises(ValueError, match="2 sizes: approach 1 needs at least three"):
        envelope.fit(table[table["params"].isin(SIZES[:2])])
    with pytest.raises(ValueError, match="more than one value of params"):
        envelope.fit(table.assign(run=0))
    with pytest.raises(ValueError, match="single point"):
        envelope.fit(table.assign(run=range(len(table))))
    with pytest.raises(ValueError, match="winners of two sizes, found"):
        envelope.fit(table, budgets=[1e20])
    with pytest.raises(ValueError, match="whole number of points"):
        envelope.fit(table, smooth=0)


def test_simulated_curves():
    table = simulate.curves(LAW, [1e9], [1e10, 2e10], points=7, excess=0.1)
    assert list(table.groupby("run").size()) == [7, 7]
    ends = table.loc[table.groupby("run")["tokens"].idxmax()]
    assert ends["loss"].to_numpy() == pytest.approx(LAW.loss(ends["params"], ends["tokens"]))
    middle = table[table["tokens"] < 5e9]
    assert (middle["loss"] > LAW.loss(middle["params"], middle["tokens"])).all()
    assert isinstance(table, pd.DataFrame)
    with pytest.raises(ValueError, match="must be"):
        simulate.curves(LAW, [1e9], np.ones((3, 2)) * 1e9)
    with pytest.raises(ValueError, match="must not be negative"):
        simulate.curves(LAW, [1e9], [1e9], excess=-1)
