"""The command line: what it says, what it refuses, and that it ends with a code scripts can use."""

import os
import subprocess
import sys

import pandas as pd
import pytest

pytest.importorskip("typer")

from minirun_text import corpus
from typer.testing import CliRunner

from isoflop import cli
from isoflop.minirun import corpus as texts
from isoflop.minirun import grids, sweep
from isoflop.minirun.recipe import Run
from isoflop.minirun.shape import Shape

TINY = [Run(Shape(16, context=16), 1e8, 60, 1e-2, seed, batch=2) for seed in (0, 1)]


def isoflop(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(grids, "units", lambda profile, arms=None: grids.together(TINY))
    monkeypatch.setattr(texts, "installed", corpus)


def test_help_costs_no_torch():
    code = "import sys; from isoflop.cli import app; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "False", out.stderr
    shown = isoflop("minirun", "--help")
    assert shown.exit_code == 0 and all(p in shown.output for p in ("smoke", "laptop", "gpu"))


def test_a_sweep_from_the_command_line(tiny, tmp_path):
    ran = isoflop("minirun", "smoke", "--out", tmp_path, "--workers", 1)
    assert ran.exit_code == 0, ran.output
    assert "2 runs into" in ran.output and "2/2 runs" in ran.output
    assert (pd.read_csv(tmp_path / "runs.csv")["status"] == "done").all()
    again = isoflop("minirun", "smoke", "--out", tmp_path)
    assert again.exit_code == 1 and "Go on with --resume" in again.output
    assert isoflop("minirun", "smoke", "--out", tmp_path, "--resume").exit_code == 0
    told = isoflop("minirun", "status", tmp_path)
    assert told.exit_code == 0 and "2/2 runs" in told.output


def test_status_while_training(tiny, tmp_path):
    sweep._prepare(tmp_path)
    isoflop("minirun", "smoke", "--out", tmp_path, "--workers", 1)
    (unit,) = (tmp_path / "units").glob("*.json")
    unit.unlink()
    (tmp_path / "live" / unit.name).write_text('{"share": 0.4, "losses": [2.5, 2.6]}')
    told = isoflop("minirun", "status", tmp_path)
    assert "0/2 runs" in told.output and "40%, loss 2.500, 2.600" in told.output
    os.utime(tmp_path / "live" / unit.name, (1, 1))  # nobody has written here for long
    assert "40%" not in isoflop("minirun", "status", tmp_path).output


def test_refusals(tmp_path):
    unknown = isoflop("minirun", "status", tmp_path / "absent")
    assert unknown.exit_code == 1 and "no sweep was ever begun" in unknown.output
    text = isoflop("minirun", "smoke", "--out", tmp_path, "--text", tmp_path / "absent")
    assert text.exit_code == 1 and "cannot read the text" in text.output
    assert isoflop("minirun", "laptop", "--arm", "cosine").exit_code == 2


def test_gpu_without_one(monkeypatch, tmp_path):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    out = isoflop("minirun", "gpu", "--out", tmp_path)
    assert out.exit_code == 1 and "no CUDA GPU is to be seen here" in out.output


WITHOUT = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("torch", "filelock", "joblib", "distributed"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


@pytest.mark.parametrize("words", [["smoke"], ["laptop", "--resume"], ["gpu"]])
def test_without_the_packages_of_the_minirun(tmp_path, words):
    code = WITHOUT + f"sys.argv = ['isoflop', 'minirun', *{words!r}]\n"
    code += "from isoflop.cli import app; app()"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert out.returncode == 1 and out.stderr.count("\n") == 1, out.stderr
    assert "is not installed" in out.stderr and "isoflop[minirun]" in out.stderr


def test_help_and_status_without_the_packages_of_the_minirun(tmp_path):
    code = WITHOUT + "import isoflop, pydoc; text = pydoc.render_doc(isoflop); print(len(text))\n"
    code += "sys.argv = ['isoflop', 'minirun', 'status', 'nowhere']\n"
    code += "from isoflop.cli import app; app()"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert out.returncode == 1 and int(out.stdout) > 500, out.stderr
    assert "no sweep was ever begun" in out.stderr
