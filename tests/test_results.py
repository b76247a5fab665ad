"""The store of results: shown for stand-ins, renewed on request, and never silently stale."""

import json

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from isoflop import results

matplotlib.use("Agg")


def table(stand_in: bool, digest: str = "abc") -> pd.DataFrame:
    frame = pd.DataFrame({"x": [1.0]})
    frame.attrs = {"dataset": "d", "stand_in": stand_in, "sha256": [] if stand_in else [digest]}
    return frame


REAL, STAND_IN = table(False), table(True)


def draw():
    figure, ax = plt.subplots()
    ax.plot([1, 2])
    return figure


@pytest.fixture(autouse=True)
def store(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setenv("ISOFLOP_RESULTS", "store")
    results.number("a", 0.5, (0.4, 0.6), data=REAL)
    results.number("n", 7, data=REAL)
    plt.close(results.figure("f", draw, data=REAL))
    monkeypatch.delenv("ISOFLOP_RESULTS")
    return tmp_path


def test_real_data_show_what_was_computed():
    shown = results.number("a", 0.7, (0.6, 0.8), data=REAL)
    assert (shown.value, shown.low, shown.stored) == (0.7, 0.6, False)
    assert f"{shown:.2f}" == "0.70 [0.60, 0.80]"


def test_stand_ins_show_the_stored():
    shown = results.number("a", 99, (98, 100), data=STAND_IN)
    assert (shown.value, shown.low, shown.high, shown.stored) == (0.5, 0.4, 0.6, True)
    assert shown.date and shown.version
    assert f"{results.number('n', 99, data=STAND_IN):.0f}" == "7"
    picture = results.figure("f", lambda: 1 / 0, data=STAND_IN)
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert picture.about["data"] == {"d": ["abc"]}


def test_check_accepts_rounding_and_refuses_change(monkeypatch):
    monkeypatch.setenv("ISOFLOP_RESULTS", "check")
    results.number("a", 0.5 * (1 + 1e-9), (0.4, 0.6), data=REAL)
    for value, interval in ((0.5001, (0.4, 0.6)), (0.5, (0.4, 0.61)), (0.5, None)):
        with pytest.raises(results.StaleResult, match="run `make results`"):
            results.number("a", value, interval, data=REAL)
    with pytest.raises(results.StaleResult, match="comes from other data"):
        results.number("a", 0.5, (0.4, 0.6), data=table(False, "other"))
    with pytest.raises(results.StaleResult, match="drawn from other data"):
        results.figure("f", draw, data=table(False, "other"))


def test_missing(monkeypatch):
    with pytest.raises(results.StaleResult, match="no stored result 'zzz'"):
        results.number("zzz", 1, data=STAND_IN)
    monkeypatch.setenv("ISOFLOP_RESULTS", "check")
    with pytest.raises(results.StaleResult, match="no stored result 'zzz'"):
        results.number("zzz", 1, data=REAL)


def test_storing_the_same_again_changes_nothing(store, monkeypatch):
    before = (store / "numbers.json").read_text(encoding="utf-8")
    monkeypatch.setenv("ISOFLOP_RESULTS", "store")
    monkeypatch.setattr(results.isoflop, "__version__", "9.9")
    results.number("a", 0.5, (0.4, 0.6), data=REAL)
    assert (store / "numbers.json").read_text(encoding="utf-8") == before
    results.number("a", 0.6, (0.4, 0.7), data=REAL)
    assert json.loads((store / "numbers.json").read_text(encoding="utf-8"))["a"]["value"] == 0.6


def test_needs_a_table_that_says_where_it_comes_from():
    with pytest.raises(TypeError, match="must be a table from datasets.load"):
        results.number("a", 1, data=pd.DataFrame({"x": np.ones(2)}))
