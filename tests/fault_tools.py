"""What tests of faults share: the command as a process, a small disk, one line said."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
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
