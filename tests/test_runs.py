"""Runs tables and simulation: valid in, valid out, and what is wrong is named."""

import os

import numpy as np
import pandas as pd
import pytest

from isoflop import laws, runs, simulate

LAW = laws.BESIROGLU_2024


def test_simulated_runs_follow_their_law():
    table = simulate.runs(LAW, [1e19, 1e20], [1e8, 1e9, 1e10])
    assert list(table.columns) == ["params", "tokens", "flops", "loss"]
    assert (table.dtypes == np.float64).all()
    assert table["loss"].to_numpy() == pytest.approx(LAW.loss(table["params"], table["tokens"]))
    np.testing.assert_allclose(6 * table["params"] * table["tokens"], table["flops"])


def test_noise_has_its_size_and_seed():
    sizes = np.geomspace(1e8, 1e10, 400)
    noisy = simulate.runs(LAW, [1e20], sizes, noise=0.01, seed=1)
    residual = np.log(noisy["loss"] / LAW.loss(noisy["params"], noisy["tokens"]))
    assert residual.std() == pytest.approx(0.01, rel=0.1)
    assert noisy.equals(simulate.runs(LAW, [1e20], sizes, noise=0.01, seed=1))
    assert not noisy.equals(simulate.runs(LAW, [1e20], sizes, noise=0.01, seed=2))


def test_sizes_around():
    budgets = [1e19, 1e21]
    sizes = simulate.sizes_around(LAW, budgets, factor=4, count=5, shift=[1, 2])
    assert sizes.shape == (2, 5)
    assert sizes[:, 2] == pytest.approx(LAW.optimum(budgets).N * [1, 2])
    assert sizes[:, -1] / sizes[:, 0] == pytest.approx(16)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simulate.runs(LAW, [1e19], np.ones((2, 3)) * 1e9), "must be"),
        (lambda: simulate.runs(LAW, [1e19], [1e9], noise=-1), "noise must be"),
        (lambda: simulate.runs(LAW, [-1], [1e9]), "budgets must be finite and positive"),
        (lambda: simulate.sizes_around(LAW, 1e19, factor=1), "factor > 1"),
    ],
)
def test_bad_designs(call, message):
    with pytest.raises(ValueError, match=message):
        call()


GOOD = dict(params=[10**9, 2 * 10**9], tokens=[1e10, 2e10], flops=[6e19, 24e19], loss=[3, 2.5])


def test_counts_become_float64():
    table = runs.table(**GOOD)
    assert (table.dtypes == np.float64).all()


@pytest.mark.parametrize("bad", ["many", None, np.nan, 0, -3, np.inf])
def test_bad_cells_are_named(bad):
    frame = pd.DataFrame(GOOD).astype(object)
    frame.loc[1, "tokens"] = bad
    with pytest.raises(ValueError, match="row 1, column 'tokens'"):
        runs.validate(frame)


def test_missing_columns_and_rows():
    frame = pd.DataFrame(GOOD)
    with pytest.raises(ValueError, match=r"no column 'flops' \(C, training compute \(FLOPs\)\)"):
        runs.validate(frame.drop(columns="flops"))
    with pytest.raises(ValueError, match="no rows"):
        runs.validate(frame[:0])


def test_files_round_trip(tmp_path):
    table = runs.table(**GOOD, note=["a", "b"])
    path = runs.write(table, tmp_path / "deep" / "runs.csv")
    assert runs.read(path).equals(table)
    assert os.listdir(path.parent) == ["runs.csv"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = runs.write(runs.table(**GOOD), tmp_path / "runs.csv")
    before = path.read_bytes()

    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        runs.write(runs.table(**GOOD)[:1], path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["runs.csv"]


def test_read_names_the_file(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("params,tokens,flops,loss\n1,1,6,x\n", encoding="utf-8")
    with pytest.raises(ValueError, match="mine.csv: row 0, column 'loss'"):
        runs.read(path)


def test_columns_of_are_in_the_order_fits_take():
    table = simulate.runs(LAW, [1e19, 1e20], [1e8, 1e9])
    N, D, loss, C = runs.columns_of(table)
    np.testing.assert_array_equal(loss, LAW.loss(N, D))
    np.testing.assert_allclose(6 * N * D, C)
