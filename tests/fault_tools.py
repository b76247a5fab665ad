"""What tests of faults share: the command as a process, a small disk, one line said."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-c", "from isoflop.cli import app; app()"]
FEW = ("--bootstraps", "5")


def environment(**more) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


def started(*words, **more) -> subprocess.Popen:
    """``isoflop`` as a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = environment(**more.pop("env", {}))
    return subprocess.Popen([*COMMAND, *map(str, words)], env=env, **options | more)


def ended(*words, **more) -> tuple[int, str, str]:
    process = started(*words, **more)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def one_line(err: str) -> str:
    """The one line of an error; what a slow machine says of its progress before it is none."""
    (line,) = [line for line in err.splitlines() if not re.fullmatch(r".* \(\d+ s\)", line)]
    assert line.startswith("isoflop: ")
    return line


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[bool]:
    """A file system of its own at ``folder``; False where this machine does not allow it."""
    folder.mkdir(exist_ok=True)
    command = ["mount", *options, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True) if os.geteuid() == 0 else None
        allowed = done is not None and done.returncode == 0
    except OSError:  # no mount here
        allowed = False
    try:
        yield allowed
    finally:
        if allowed:
            subprocess.run(["umount", str(folder)], check=True, capture_output=True)


def small_files(size: int):
    """What a process does before it begins, so that it can write no file above ``size`` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def names_of(folder: Path) -> set[str]:
    return set(os.listdir(folder))


def report_writer(table: Path, out: Path) -> Callable[[int], None]:
    """What ``isoflop fit table --out out --seed SEED`` does at its end, without fitting again."""
    from isoflop import approaches, reading, report
    from isoflop.cli import fit

    read, few = reading.read(table), approaches.Options(5)
    sections = [report.Section("", read.runs, approaches.fit_all(read.runs, None, few))]
    figures = fit._drawn(sections, [], fit._Teller(""))

    def write_report(seed: int) -> None:
        fit._write(read, sections, figures, [], approaches.Options(5, seed), "en", out, None)

    return write_report


def seeds(out: Path) -> tuple[int, int]:
    """The seeds that the report and the JSON in a folder say they are of."""
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.endswith("</html>\n")
    made = json.loads((out / "fit.json").read_text(encoding="utf-8"))
    return int(re.search(r"seed (\d+)<", page)[1]), made["seed"]
