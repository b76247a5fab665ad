"""Two commands with one folder: what lies there in the end is whole and comes from one of them."""

import multiprocessing
import os
import subprocess
import sys

import pytest
from fault_tools import FEW, environment, names_of, report_writer, seeds, started
from fit_tables import runs, write

from isoflop.runs import writing_together


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "runs.csv", runs().to_csv(index=False))


def test_two_commands_into_one_folder(path, tmp_path):
    out = tmp_path / "o"
    for pair in ((0, 1), (2, 3)):
        running = [started("fit", path, *FEW, "--seed", seed, "--out", out) for seed in pair]
        for process in running:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
        page, made = seeds(out)
        assert page == made and made in pair
        assert not [name for name in names_of(out) if name.startswith(".")]


def test_two_reports_thirty_times(path, tmp_path, capsys):
    """Report and JSON are of one run whenever the folder is free, and at the end."""
    out, looked = tmp_path / "o", 0
    write_report = report_writer(path, out)

    def work(first):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        for turn in range(30):
            write_report(first + 2 * turn)

    write_report(0)
    context = multiprocessing.get_context("fork")
    pair = [context.Process(target=work, args=(first,)) for first in (0, 1)]
    for process in pair:
        process.start()
    while any(process.is_alive() for process in pair):
        with writing_together(out):
            page, made = seeds(out)
        assert page == made
        looked += 1
    assert [process.exitcode for process in pair] == [0, 0]
    page, made = seeds(out)
    assert page == made and made in (58, 59)
    capsys.readouterr()
    print(f"30 reports each into one folder, looked at {looked} times")
    assert looked > 10


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
