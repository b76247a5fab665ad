"""Two commands with one folder: what lies there in the end is whole and comes from one of them."""

import json
import subprocess
import sys

import pytest
from fault_tools import FEW, environment, names_of, started
from fit_tables import runs, write


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "runs.csv", runs().to_csv(index=False))


def test_two_reports_into_one_folder(path, tmp_path):
    """Report, figures and JSON are one run's: the folder is written by one process at a time."""
    out = tmp_path / "o"
    for turn in range(6):
        pair = [
            started("fit", path, *FEW, "--seed", s, "--out", out) for s in (2 * turn, 2 * turn + 1)
        ]
        for process in pair:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
        seed = json.loads((out / "fit.json").read_text(encoding="utf-8"))["seed"]
        assert seed in (2 * turn, 2 * turn + 1)
        assert f"seed {seed}<" in (out / "report.html").read_text(encoding="utf-8")
        assert not [name for name in names_of(out) if name.startswith(".")]


TOGETHER = """
import sys, time
from pathlib import Path
from isoflop.runs import replace_file, writing_together
folder, me = Path(sys.argv[1]), sys.argv[2].encode()
for _ in range(150):
    with writing_together(folder):
        for name in ("report.html", "a.svg", "fit.json"):
            replace_file(folder / name, me)
        found = {(folder / name).read_bytes() for name in ("report.html", "a.svg", "fit.json")}
        assert found == {me}, found
"""


def test_files_of_one_run_stay_together(tmp_path):
    """Two writers, 150 rounds each: whoever has the folder finds its own files in it."""
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER, str(tmp_path), me],
            env=environment(), stderr=subprocess.PIPE, text=True,
        )
        for me in ("one", "two")
    ]  # fmt: skip
    for process in pair:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
