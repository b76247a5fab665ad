"""Sweeps that are killed, resumed, doubled, starved of room and of text; the corpus; the rows."""

import json
import random
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from minirun_text import corpus

from isoflop import datasets, minirun
from isoflop.minirun import corpus as texts
from isoflop.minirun import grids, machine, recipe, sweep, table, train
from isoflop.minirun.shape import Shape

SAME = ["arm", "budget", "d_model", "seed", "lr", "steps", "loss", "status", "flops", "params"]


def units(count=6, steps=40):
    runs = [
        recipe.Run(Shape(d, context=16), budget, steps * (1 + i), 1e-2, 0, batch=2)
        for i, budget in enumerate((1e8, 2e8))
        for d in (16, 24, 32)[: count // 2]
    ]
    return grids.together(runs)


def rows(folder) -> pd.DataFrame:
    return pd.read_csv(Path(folder) / "runs.csv")[SAME]


def test_a_sweep_is_a_table(tmp_path):
    seen = []
    path = sweep.run(units(), corpus(), tmp_path, workers=2, report=lambda d: seen.append(d))
    runs = pd.read_csv(path)
    assert list(runs.columns) == list(table.COLUMNS) and len(runs) == 6 and seen
    assert (runs["status"] == "done").all() and runs["loss"].between(1, 6).all()
    assert (runs["cpu_seconds"] > 0).all() and (runs["mfu"] > 0).all()
    exact = [Shape(d, context=16).flops_per_token() for d in runs["d_model"]]
    assert (runs["flops"] == runs["tokens"] * np.array(exact)).all()
    curves = pd.read_csv(tmp_path / "curves.csv")
    assert set(curves["run"]) == set(range(6)) and set(curves["kind"]) == {"train", "held_out"}
    told = table.progress(tmp_path)
    assert (told.runs_done, told.runs, told.troubled, told.running) == (6, 6, 0, ())
    assert told.flops_done == pytest.approx(told.flops)


def test_workers_change_no_number(tmp_path):
    one = sweep.run(units(), corpus(), tmp_path / "one", workers=1).parent
    two = sweep.run(units(), corpus(), tmp_path / "two", workers=2).parent
    pd.testing.assert_frame_equal(rows(one), rows(two), check_exact=True)


KILLED = """
import sys
sys.path[:0] = {path!r}
from test_minirun_sweep import corpus, sweep, units
sweep.run(units(steps=250), corpus(), {folder!r}, workers=2, resume=True)
"""


def sweep_in_a_process(folder) -> subprocess.Popen:
    code = KILLED.format(path=[str(Path(__file__).parent)], folder=str(folder))
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-c", code], stdout=quiet, stderr=quiet)


def finished(folder) -> list[Path]:
    return sorted((folder / "units").glob("*.json"))


def begun(folder) -> bool:
    return any((folder / "live").glob("*.json"))


@pytest.mark.slow
def test_killed_anywhere_it_resumes(tmp_path):
    """kill -9 at twenty random moments, then resume: the uninterrupted table, each run once.

    The first moments are while the sweep starts, the others while it trains and writes. Where
    everything is finished, units are taken away, so that there is something to be killed in.
    """
    whole = sweep.run(units(steps=250), corpus(), tmp_path / "whole", workers=2).parent
    folder, chance, training = tmp_path / "killed", random.Random(0), 0
    for moment in range(20):
        process = sweep_in_a_process(folder)
        limit = time.monotonic() + 60
        while moment >= 4 and not begun(folder) and time.monotonic() < limit:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 1.5))
        training += process.poll() is None and begun(folder)
        process.kill()
        process.wait()
        for path in finished(folder):
            assert json.loads(path.read_text())["runs"], "a unit is there whole or not at all"
        for path in chance.sample(finished(folder), max(0, len(finished(folder)) - 3)):
            path.unlink()
        for path in (folder / "live").glob("*.json"):
            path.unlink()
    print(f"killed while training: {training} of 20")
    assert training >= 10
    sweep.run(units(steps=250), corpus(), folder, workers=2, resume=True)
    pd.testing.assert_frame_equal(rows(whole), rows(folder), check_exact=True)


def test_second_sweep_stops(tmp_path):
    held = sweep._only_one(_made(tmp_path))
    with held:
        code = KILLED.format(path=[str(Path(__file__).parent)], folder=str(tmp_path))
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "another sweep is at work" in out.stderr and out.returncode == 1
    assert not list((tmp_path / "units").iterdir())


def _made(folder):
    sweep._prepare(folder)
    return folder


def test_folder_with_runs_wants_resume(tmp_path):
    sweep.run(units(2), corpus(), tmp_path, workers=1)
    with pytest.raises(sweep.SweepError, match="holds 2 finished units. Go on with --resume"):
        sweep.run(units(2), corpus(), tmp_path, workers=1)
    before = (tmp_path / "runs.csv").stat().st_mtime_ns
    sweep.run(units(2), corpus(), tmp_path, workers=1, resume=True)
    kept = [p.stat().st_mtime_ns for p in (tmp_path / "units").iterdir()]
    assert max(kept) < before, "nothing was trained twice"


def test_texts_are_not_mixed(tmp_path):
    sweep.run(units(2), corpus(), tmp_path, workers=1)
    with pytest.raises(sweep.SweepError, match="trained on another text"):
        sweep.run(units(2), corpus(digest="1" * 64), tmp_path, workers=1, resume=True)
    ours = {"packages": {"numpy": "2.0", "torch": "2.6"}, "sha256": "a"}
    theirs = {"packages": {"numpy": "2.1", "torch": "2.6"}, "sha256": "b"}
    assert table.differs(ours, theirs) == "numpy 2.0, now 2.1"


def test_a_broken_unit_file_is_trained_again(tmp_path):
    sweep.run(units(2), corpus(), tmp_path, workers=1)
    whole = rows(tmp_path)
    broken = next((tmp_path / "units").iterdir())
    broken.write_text(broken.read_text()[:40])
    sweep.run(units(2), corpus(), tmp_path, workers=1, resume=True)
    pd.testing.assert_frame_equal(whole, rows(tmp_path), check_exact=True)


def test_failure_is_a_row_and_is_tried_again(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(train, "train", broken)
    runs = pd.read_csv(sweep.run(units(2), corpus(), tmp_path, workers=1))
    assert (runs["status"] == "failed").all() and runs["loss"].isna().all()
    assert table.progress(tmp_path).troubled == 2
    monkeypatch.undo()
    runs = pd.read_csv(sweep.run(units(2), corpus(), tmp_path, workers=1, resume=True))
    assert (runs["status"] == "done").all()


def test_no_room(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 30, 1 << 30, 5 << 20))
    with pytest.raises(sweep.SweepError, match="5 MiB of room and a sweep wants 64"):
        sweep.run(units(2), corpus(), tmp_path)


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(sweep.SweepError, match="cannot write to"):
        sweep.run(units(2), corpus(), tmp_path / "runs")


def test_text_too_short_for_the_longest_run(tmp_path):
    short = corpus(train=5_000)
    with pytest.raises(texts.CorpusError, match="the longest run reads .* bytes and the training"):
        sweep.run(units(6, steps=400), short, tmp_path)
    assert not list(tmp_path.iterdir()), "it says so before anything begins"


def test_a_text_of_ones_own(tmp_path):
    with pytest.raises(texts.CorpusError, match="cannot read the text .*absent"):
        texts.from_file(tmp_path / "absent")
    with pytest.raises(texts.CorpusError, match="cannot read the text"):
        texts.from_file(tmp_path)
    path = tmp_path / "book.txt"
    path.write_bytes(b"x" * 1000)
    with pytest.raises(texts.CorpusError, match="has 1,000 bytes; at least"):
        texts.from_file(path)
    path.write_bytes(np.random.default_rng(0).integers(0, 256, 1 << 23, dtype=np.uint8).tobytes())
    own = texts.from_file(path)
    assert own.manifest["text"] == "book.txt" and own.id == texts.from_file(path).id
    assert len(own.train) > 7 << 20 and len(own.report) > 60_000


def test_installed_text():
    """Only the listed packages count, in an order of their own; no file is on both sides."""
    text = texts.installed()
    assert text.id == texts.installed().id
    assert set(text.manifest["packages"]) == set(texts.PACKAGES)
    assert text.manifest["bytes"]["report"] >= 1 << 20
    assert sum(text.manifest["bytes"].values()) > 1e8
    chosen = texts.windows(text.report, 64, train.REPORT_WINDOWS)
    assert chosen[:, 1:].size >= 256 << 10
    assert 0 < texts.leak(text) < 0.15


def test_text_is_the_listed_packages_alone(monkeypatch, tmp_path):
    """One more package beside them, or files it writes, leaves the digest as it is."""
    first = texts.installed().id
    extra = tmp_path / "stranger-1.0.dist-info"
    extra.mkdir()
    (extra / "METADATA").write_text("Name: stranger\nVersion: 1.0\n")
    (extra / "RECORD").write_text("stranger.py,,\n")
    (tmp_path / "stranger.py").write_text("x = 1\n" * 1000)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert texts.installed().id == first
    monkeypatch.setattr(texts, "PACKAGES", ("numpy", "absent-package"))
    with pytest.raises(texts.CorpusError, match="absent-package is not installed"):
        texts.installed()


def test_profiles_are_whole():
    for profile in grids.PROFILES:
        planned = grids.units(profile)
        assert len({u.name for u in planned}) == len(planned)
        for unit in planned:
            assert len({(r.shape, r.batch) for r in unit.runs}) == 1
            for run in unit.runs:
                assert abs(run.flops / run.budget - 1) < 0.01
    assert {r.arm for u in grids.units("laptop") for r in u.runs} == set(recipe.ARMS)
    only = grids.units("laptop", ("fixed-warmup",))
    assert {r.arm for u in only for r in u.runs} == {"fixed-warmup"}
    with pytest.raises(ValueError, match="profile 'phone' is none of"):
        grids.units("phone")


def test_rows_make_their_runs_again():
    text = corpus()
    for unit in grids.units("laptop")[::7]:
        for run in unit.runs:
            about = json.loads(json.dumps(table.row(run, text)))
            assert table.run_of(about) == run


def test_reading_makes_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no sweep was ever begun in"):
        minirun.read(tmp_path / "absent")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="profile 'phone' is none of"):
        minirun.live("phone")


def test_ceiling_is_a_speed():
    assert 1e9 < machine.ceiling() < 1e13


@pytest.mark.slow
def test_stored_runs_train_again():
    """Three stored runs from their rows: the stored loss to 1e-4, or the text's difference."""
    runs, text = datasets.load("minirun-cpu"), texts.installed()
    difference = table.differs(runs.attrs["manifest"]["corpus"], text.manifest)
    if difference:
        pytest.skip(f"the stored runs read another text: {difference}")
    done = runs[(runs["status"] == "done") & (runs["flops"] < 3e11)]
    for _, row in done.sample(3, random_state=1).iterrows():
        (again,) = train.train([table.run_of(row)], text)
        assert abs(again.loss - row["loss"]) < 1e-4, (row["d_model"], row["arm"])


def test_a_damaged_manifest(tmp_path):
    sweep.run(units(2), corpus(), tmp_path, workers=1)
    before = rows(tmp_path)
    for content in ('{"corpus": {', "[]", '{"units": {}}'):
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(sweep.SweepError, match="manifest.json is damaged.*delete it and go on"):
            sweep.run(units(2), corpus(), tmp_path, workers=1, resume=True)
    (tmp_path / "manifest.json").unlink()
    sweep.run(units(2), corpus(), tmp_path, workers=1, resume=True)
    pd.testing.assert_frame_equal(before, rows(tmp_path), check_exact=True)


@pytest.mark.parametrize("full", ["manifest.json", "matched", "runs.csv"])
def test_a_disk_that_fills(tmp_path, monkeypatch, full):
    """Whichever file meets it: one line, what was finished is kept, and the sweep goes on."""
    write = sweep.replace_file

    def starved(path, content):
        if Path(path).name.startswith(full):
            raise OSError(28, "No space left on device")
        return write(path, content)

    for module in (sweep, table):
        monkeypatch.setattr(module, "replace_file", starved)
    with pytest.raises(sweep.SweepError, match="No space left on device. What is finished is kept"):
        sweep.run(units(2), corpus(), tmp_path, workers=1)
    monkeypatch.undo()
    runs = pd.read_csv(sweep.run(units(2), corpus(), tmp_path, workers=1, resume=True))
    assert (runs["status"] == "done").all() and len(runs) == 2


def test_a_heartbeat_that_cannot_be_written_costs_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "_BEAT", 0.01)
    real, refused = sweep.replace_file, []

    def starved(path, content):
        if "live" in Path(path).parts:
            refused.append(path)
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(sweep, "replace_file", starved)
    runs = pd.read_csv(sweep.run(units(2), corpus(), tmp_path, workers=1))
    assert refused and (runs["status"] == "done").all()


def test_a_live_file_of_another_shape_is_passed_over(tmp_path):
    sweep.run(units(2), corpus(), tmp_path, workers=1)
    for name, content in (("a", "[]"), ("b", "{}"), ("c", '{"share": 0.5, "losses": 3}')):
        (tmp_path / "live" / f"{name}.json").write_text(content)
    assert table.progress(tmp_path).running == ()
