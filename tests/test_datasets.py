"""Public data: found by checksum, refused when wrong, replaced by marked stand-ins."""

import lzma
import os
import pickle
import shutil

import numpy as np
import pytest

from isoflop import _fetch, _sources, _unpickle, datasets
from isoflop.datasets import DataError, DataUnavailable

HAVE = {name: datasets.at_hand(name) for name in datasets.names()}


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No mirror, an empty cache, no network."""
    monkeypatch.delenv("ISOFLOP_DATA", raising=False)
    monkeypatch.setenv("ISOFLOP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """A mirror of our own with one file, under a name upstream never gave it."""
    source = _sources.of("chinchilla-figure4")[0]
    if not HAVE["chinchilla-figure4"]:
        pytest.skip("public data not at hand: chinchilla-figure4 (set ISOFLOP_DATA)")
    folder = tmp_path / "mirror"
    folder.mkdir()
    shutil.copy(_fetch.find(source), folder / "any-name.bin")
    monkeypatch.setenv("ISOFLOP_DATA", str(folder))
    return folder


def need(name):
    if not HAVE[name]:
        pytest.skip(f"public data not at hand: {name} (set ISOFLOP_DATA)")
    return datasets.load(name)


def test_figure4():
    table = need("chinchilla-figure4")
    assert len(table) == 245
    np.testing.assert_allclose(6 * table["params"] * table["tokens"], table["flops"])


def test_isoflops():
    table = need("isoflops")
    assert len(table) == 947
    assert table["experiment"].nunique() == 8
    assert (table["experiment"] == datasets.CHINCHILLA_ISOFLOPS).sum() == 123
    assert table["outlier"].dtype == bool


def test_porian():
    table = need("porian-refinedweb")
    assert sorted(table["step"].unique()) == [1, 2, 3, 4, 5, 6]
    kinds = table.groupby("step")["loss_kind"].unique().map(list).to_dict()
    assert kinds == {s: ["training" if s in (1, 6) else "validation"] for s in range(1, 7)}
    habits = table.drop_duplicates("step")[["hparams", "warmup", "decay", "param_count"]]
    assert [tuple(row) for row in habits.to_numpy()] == [
        ("base", "long", "kaplan", "kaplan"),
        ("base", "long", "kaplan", "standard"),
        ("base", "short", "kaplan", "standard"),
        ("base", "short", "chinchilla", "standard"),
        ("tuned", "short", "const", "standard"),
        ("tuned", "long", "const", "kaplan"),
    ]
    assert table["flops"].min() == 1.25e16 and table["flops"].max() == 2.56e19


@pytest.mark.parametrize("name", datasets.names())
def test_tables_are_runs_tables(name):
    table = need(name)
    for column in ("params", "tokens", "flops", "loss"):
        assert table[column].dtype == np.float64
        assert (table[column] > 0).all()
    assert table.attrs["stand_in"] is False


@pytest.mark.parametrize("name", datasets.names())
def test_stand_ins(name, nowhere):
    """Marked, simulated, and with every column of the real table, so that cells run on them."""
    table = datasets.load(name, stand_in=True)
    assert table.attrs["stand_in"] is True and table.attrs["sha256"] == []
    with pytest.raises(DataUnavailable, match="ISOFLOP_OFFLINE"):
        datasets.load(name)


@pytest.mark.parametrize("name", datasets.names())
def test_stand_ins_have_the_columns(name, monkeypatch, tmp_path):
    columns = set(need(name).columns)
    monkeypatch.delenv("ISOFLOP_DATA", raising=False)
    monkeypatch.setenv("ISOFLOP_CACHE", str(tmp_path))
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")
    assert set(datasets.load(name, stand_in=True).columns) == columns


def test_sources():
    table = datasets.sources()
    assert set(table["name"]) == set(datasets.names())
    assert table["url"].str.match(r"https://[^/]+/[^/]+/[^/]+/[0-9a-f]{40}/").all()
    assert table["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    assert (table["licence"].str.len() > 0).all() and (table["citation"].str.len() > 0).all()


def test_unknown_name():
    with pytest.raises(ValueError, match="no data set 'chinchila'; there are chinchilla-figure4"):
        datasets.load("chinchila")


def test_mirror_is_searched_by_checksum(mirror):
    assert len(datasets.load("chinchilla-figure4")) == 245
    assert datasets.at_hand("chinchilla-figure4") and not datasets.at_hand("isoflops")


def test_wrong_checksum_in_a_mirror(mirror):
    """Says which file, both checksums, and what to do; a stand-in does not paper over it."""
    (mirror / "any-name.bin").rename(mirror / "svg_extracted_data.csv")
    with (mirror / "svg_extracted_data.csv").open("ab") as file:
        file.write(b"1,2,3\n")
    for stand_in in (False, True):
        with pytest.raises(DataError) as error:
            datasets.load("chinchilla-figure4", stand_in=stand_in)
        message = str(error.value)
        assert "svg_extracted_data.csv is there with sha256" in message
        assert _sources.of("chinchilla-figure4")[0].sha256 in message
        assert "Put the file from https://" in message and "unset ISOFLOP_DATA" in message


def test_mirror_without_the_file_is_no_fall_through(mirror):
    with pytest.raises(DataError, match="data set 'isoflops': no file in"):
        datasets.load("isoflops", stand_in=True)


def test_mirror_that_is_no_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("ISOFLOP_DATA", str(tmp_path / "nothing"))
    with pytest.raises(DataError, match="which is no folder"):
        datasets.load("isoflops", stand_in=True)


def test_cache_is_used(mirror, monkeypatch, tmp_path):
    source = _sources.of("chinchilla-figure4")[0]
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copy(mirror / "any-name.bin", cache / source.filename)
    monkeypatch.delenv("ISOFLOP_DATA")
    monkeypatch.setenv("ISOFLOP_CACHE", str(cache))
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")
    assert len(datasets.load("chinchilla-figure4")) == 245
    (cache / source.filename).write_bytes(b"truncated")
    with pytest.raises(DataUnavailable):
        datasets.load("chinchilla-figure4")


class Download:
    """Stands in for pooch's downloader: writes given bytes, or fails as a network does."""

    def __init__(self, content: bytes | None):
        self.content = content

    def __call__(self, url, output_file, pooch):
        if self.content is None:
            raise ConnectionError("no route to host")
        output_file.write(self.content)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, DataUnavailable, "cannot download https://.*Try again with a network"),
        (b"not what was pinned", DataError, "no longer has the pinned checksum"),
    ],
)
def test_downloads(nowhere, monkeypatch, content, error, message):
    import pooch

    monkeypatch.delenv("ISOFLOP_OFFLINE")
    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: Download(content))
    with pytest.raises(error, match=message):
        datasets.load("isoflops")
    folder = _fetch.cache_folder()
    assert not folder.exists() or not os.listdir(folder)


def test_a_good_download_is_kept(nowhere, monkeypatch):
    import pooch

    source = _sources.of("chinchilla-figure4")[0]
    fake = Download(b"x,Model Size,Training FLOP,loss\n1,1e9,6e19,3\n")
    pinned = _fetch.sha256(fake.content)
    monkeypatch.delenv("ISOFLOP_OFFLINE")
    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: fake)
    again = type(source)(**{**vars(source), "sha256": pinned})
    monkeypatch.setattr(_sources, "SOURCES", (again,))
    assert datasets.load("chinchilla-figure4")["tokens"][0] == 1e10
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")
    assert len(datasets.load("chinchilla-figure4")) == 1


def test_fetch_says_what_is_there(nowhere, capsys):
    assert datasets.fetch() == list(datasets.names())
    assert "isoflops: not to be had now; chapters show stored results" in capsys.readouterr().out


def test_fetch_with_a_mirror(mirror, capsys):
    with pytest.raises(DataError, match="no file in"):
        datasets.fetch()
    assert "chinchilla-figure4: at hand" in capsys.readouterr().out


class Evil:
    def __reduce__(self):
        return (os.system, ("echo this must not run",))


@pytest.mark.parametrize("payload", [Evil(), print, np.random.default_rng(0)])
def test_pickles_name_nothing_else(payload):
    """Anything off the list is refused before it is imported."""
    content = lzma.compress(pickle.dumps({"x": payload}))
    with pytest.raises(pickle.UnpicklingError, match="not on the list"):
        _unpickle.load(content)


def test_the_list_is_what_the_data_need():
    assert len(_unpickle.ALLOWED) == 14
    modules = [module.partition(".")[0] for module, _ in _unpickle.ALLOWED]
    assert (modules.count("numpy"), modules.count("pandas"), modules.count("builtins")) == (5, 8, 1)


@pytest.mark.parametrize("name", datasets.own())
def test_our_own_runs(name):
    table = datasets.load(name)
    assert not table.attrs["stand_in"] and table.attrs["manifest"]["corpus"]["sha256"]
    assert {"params", "tokens", "flops", "loss", "budget", "arm"} <= set(table.columns)
    assert (table["params"] > 1e4).all() and table["flops"].dtype == np.float64
    assert (datasets._own.FOLDER / f"{name}.csv").stat().st_size < 1 << 20


def test_curves_belong_to_their_runs():
    runs, curves = datasets.load("minirun-cpu"), datasets.load("minirun-cpu-curves")
    assert set(curves["run"]) == set(runs.index)
    ends = curves[curves["kind"] == "held_out"].groupby("run").last()
    done = runs.loc[ends.index]
    np.testing.assert_allclose(ends["tokens"], done["tokens"])
    np.testing.assert_allclose(ends["flops"], done["flops"])
    # A checkpoint reads an eighth of the windows the final loss is the mean of.
    assert np.abs(ends["loss"] - done["loss"]).max() < 0.05
    trained = curves[curves["kind"] == "train"].groupby("run").size()
    assert trained.max() <= 40
