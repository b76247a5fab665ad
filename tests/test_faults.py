"""When things go wrong: killed while writing, no room, no permission.

Where the test may mount, a full or a read-only disk is a real one; elsewhere a limit on the size
of files stands for the first, and a place that cannot be for the second.
"""

import errno
import multiprocessing
import os
import random
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from fault_tools import FEW, ended, mounted, names_of, one_line, report_writer, seeds, small_files
from fit_tables import isoflop, runs, write

from isoflop import runs as tables

HIDDEN_HALF = re.compile(r"\..+\.[a-z0-9_]{8}\.half")
NO_ROOM = re.compile("No space left on device|File too large")


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "runs.csv", runs().to_csv(index=False))


def killed(work, seconds: float, chance: random.Random) -> None:
    """Begin ``work``, which never ends by itself, in a process and kill -9 it after a while."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    time.sleep(chance.uniform(0, seconds))
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_killed_while_it_writes(tmp_path):
    """kill -9 at a hundred random moments: the old file or the new one, whole; halves are hidden.

    A file is one number over and over, and as long as that number says.
    """
    path, chance, found = tmp_path / "runs.csv", random.Random(0), []
    path.write_bytes(file_of(0))

    def work():
        for number in range(found[-1] + 1 if found else 1, 1 << 30):
            tables.replace_file(path, file_of(number))

    for _ in range(100):
        killed(work, 0.03, chance)
        content = path.read_bytes()
        found.append(int(content[:8]))
        assert content == file_of(found[-1]), "a file cut short, or of two"
        left = names_of(tmp_path) - {path.name}
        assert all(HIDDEN_HALF.fullmatch(name) for name in left), left
    print(f"killed 100 times, {len(set(found))} files found whole, {len(left)} halves left")
    assert len(set(found)) > 30 and left, "it was killed at work"


def file_of(number: int) -> bytes:
    return f"{number:08d}".encode() * (25_000 + number % 1000)


def test_killed_while_it_writes_a_report(path, tmp_path, capsys):
    """``isoflop fit --out`` at its writing, killed at a hundred moments: every file is whole."""
    out, chance, found = tmp_path / "o", random.Random(1), [0]
    write_report = report_writer(path, out)

    def work():
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        for seed in range(found[-1] + 1, 1 << 30):
            write_report(seed)

    write_report(0)
    kept = names_of(out)
    for _ in range(100):
        killed(work, 0.15, chance)
        page, made = seeds(out)
        assert page >= made, "the JSON comes last"
        found.append(page)
        for picture in out.glob("*.svg"):
            assert picture.read_text(encoding="utf-8").rstrip().endswith("</svg>")
        left = names_of(out) - kept
        assert all(HIDDEN_HALF.fullmatch(name) for name in left), left
    capsys.readouterr()
    print(f"killed 100 times, {len(set(found))} reports found, {len(left)} halves left")
    assert len(set(found)) > 20, "it was killed at work"


def test_halves_that_were_left_are_removed_when_old(tmp_path):
    """An hour old they go at the next write of their file; young ones and others' files stay."""
    path = tables.replace_file(tmp_path / "a[1].csv", b"old")
    abandoned = write(tmp_path / ".a[1].csv.abcdefgh.half", "x" * 10)
    os.utime(abandoned, (1, 1))
    stays = [tmp_path / ".a[1].csv.12345678.half", tmp_path / ".a[1].csv.original"]
    stays += [tmp_path / ".b.csv.abcdefgh.half", tmp_path / ".a1.csv.abcdefgh.half"]
    for other in stays:
        write(other, "x")
        if other is not stays[0]:
            os.utime(other, (1, 1))
    tables.replace_file(path, b"new")
    assert path.read_bytes() == b"new" and not abandoned.exists()
    assert all(other.exists() for other in stays)


# No room


@pytest.mark.parametrize("real", [True, False], ids=["full disk", "limit on files"])
def test_fit_without_room(path, tmp_path, real):
    """One line, exit code 1, the old report untouched, no half of the new one."""
    with mounted(tmp_path / "o", "-t", "tmpfs", "-o", "size=128k", "none") as full:
        if real and not full:
            pytest.skip("no file system may be mounted here; the limit on files stands for it")
        old = {name: f"old {name}" for name in ("report.html", "fit.json", "profiles.svg")}
        for name, text in old.items():
            write(tmp_path / "o" / name, text)
        if real:
            size = os.statvfs(tmp_path / "o")
            write(tmp_path / "o" / "other", b"x" * (size.f_bavail * size.f_frsize - 8192))
        more = {} if real else {"preexec_fn": small_files(16_384)}
        code, _, err = ended("fit", path, *FEW, "--out", tmp_path / "o", **more)
        assert code == 1, err
        assert NO_ROOM.search(one_line(err)) and str(tmp_path / "o") in err
        assert names_of(tmp_path / "o") - {"other"} == set(old)
        for name, text in old.items():
            assert (tmp_path / "o" / name).read_text() == text


DESIGN = ("design", "RUNS", "--target", "1e22", "--spend", "1e20", "--worlds", "2")
DESIGN += ("--budgets", "1", "--sizes", "3")


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "RUNS", *FEW),
        ("fit", "RUNS", *FEW, "--json", "-"),
        ("fit", "RUNS", *FEW, "--json", "/dev/full"),
        ("plan", "1e22"),
        ("plan", "1e22", "--json"),
        DESIGN,
        (*DESIGN, "--json"),
        ("data", "list"),
    ],
    ids=" ".join,
)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that Linux has")
def test_standard_output_without_room(path, words):
    """/dev/full is always full, for anybody: the message says what could not be written."""
    words = [str(path) if word == "RUNS" else word for word in words]
    with open("/dev/full", "w") as full:
        where = {} if "/dev/full" in words else {"stdout": full}
        code, _, err = ended(*words, **where)
    place = "/dev/full" if "/dev/full" in words else "standard output"
    assert code == 1
    assert one_line(err) == f"isoflop: cannot write {place}: No space left on device"


@pytest.mark.parametrize("call", ["write", "replace_file"])
def test_a_table_without_room(tmp_path, monkeypatch, call):
    """A disk that fills while the file is being written: the old one stays, the half goes."""
    path = write(tmp_path / "runs.csv", "old")

    class Full:
        def __init__(self, handle, mode):
            self.file = open(handle, mode)  # noqa: SIM115

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, content):
            self.file.write(content[:10])
            self.file.flush()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(OSError, match="No space left on device"):
        if call == "write":
            tables.write(runs(), path)
        else:
            tables.replace_file(path, b"new" * 1000)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["runs.csv"]


# May not be written or read


def test_a_folder_that_may_not_be_written(path, tmp_path):
    """Read-only where a mount can make it so even for root; by its permissions for others."""
    out = tmp_path / "o"
    with mounted(out, "-t", "tmpfs", "-o", "ro", "none") as read_only:
        if not read_only:
            out.chmod(0o555)
        if not read_only and os.geteuid() == 0:
            out = Path("/proc")  # nobody writes here
        code, _, err = ended("fit", path, *FEW, "--out", out)
        told = one_line(err)
    assert code == 1 and f"cannot write {out}" in told
    assert re.search("Read-only file system|Permission denied|No such file", told)


def test_places_that_cannot_be(path, tmp_path):
    """Below a file, in /proc, a folder for a file: one line that names the place."""
    write(tmp_path / "file", "")
    (tmp_path / "folder").mkdir()
    for flag, place in (
        ("--out", tmp_path / "file" / "deep"),
        ("--out", "/proc/nowhere"),
        ("--json", tmp_path / "folder"),
        ("--json", tmp_path / "file" / "x.json"),
        ("--json", tmp_path / ("n" * 300)),
    ):
        said = isoflop("fit", path, *FEW, flag, place)
        assert said.exit_code == 1, said.output
        assert one_line(said.stderr).startswith(f"isoflop: cannot write {place}: "), said.stderr
    assert (tmp_path / "file").read_text() == "" and not os.listdir(tmp_path / "folder")


def test_devices_and_links_are_left_as_they_are(tmp_path):
    """Written to, or written through: a device is never replaced by a file."""
    pipe, link, file = tmp_path / "pipe", tmp_path / "link", write(tmp_path / "file", "old")
    os.mkfifo(pipe)
    link.symlink_to(file)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    tables.replace_file(pipe, b"through")
    reader.join(10)
    assert got == [b"through"] and pipe.is_fifo()
    tables.replace_file(link, b"new")
    assert link.is_symlink() and file.read_bytes() == b"new"


def test_json_to_standard_output_by_its_device(path, tmp_path):
    """``--json /dev/stdout`` is an idiom; into a pipe it is what ``--json -`` writes, and more."""
    code, out, err = ended("fit", path, *FEW, "--json", "/dev/stdout")
    assert code == 0, err
    _, plain, _ = ended("fit", path, *FEW, "--json", "-")
    assert out.endswith(plain) and os.path.islink("/dev/stdout")
