"""Downloads that are old, swapped, cut short, changed, or have no room: never used, always said."""

import errno
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fault_tools import environment, mounted, one_line
from fit_tables import isoflop, write

from isoflop import _fetch, _sources, datasets


@pytest.fixture
def pinned(monkeypatch, tmp_path):
    """A data set at a server of our own: what it sends can be cut, changed or delayed."""
    content = b"x,Model Size,Training FLOP,loss\n" + b"1,1e9,6e19,3\n" * 4000
    server = Server(content)
    source = _sources.of("chinchilla-figure4")[0]
    changed = {"sha256": _fetch.sha256(content), "size": len(content)}
    source = type(source)(**vars(source) | changed)
    monkeypatch.setattr(_sources, "SOURCES", (source,))
    monkeypatch.setattr(_sources, "NAMES", (source.dataset,))
    monkeypatch.setattr(type(source), "url", property(lambda _: server.url))
    monkeypatch.delenv("ISOFLOP_DATA", raising=False)
    monkeypatch.delenv("ISOFLOP_OFFLINE", raising=False)
    monkeypatch.setenv("ISOFLOP_CACHE", str(tmp_path / "cache"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with server:
        yield server, tmp_path / "cache" / source.filename


class Server:
    def __init__(self, content: bytes):
        self.content, self.asked, self.cut = content, 0, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content[: len(outer.content) - outer.cut])

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/data.csv"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


NAME = "chinchilla-figure4"


def test_an_older_version_in_the_cache_is_never_used(pinned, monkeypatch):
    """Offline it is refused; with a network it is fetched again and replaced."""
    server, kept = pinned
    kept.parent.mkdir()
    write(kept, b"x,Model Size,Training FLOP,loss\n9,9e9,9e19,9\n")
    assert isoflop("data", "where", NAME).exit_code == 1
    verified = isoflop("data", "verify", NAME)
    assert verified.exit_code == 1 and "has sha256" in verified.stderr
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")
    assert not datasets.at_hand(NAME)
    with pytest.raises(datasets.DataUnavailable, match="ISOFLOP_OFFLINE is set"):
        datasets.load(NAME)
    assert datasets.load(NAME, stand_in=True).attrs["stand_in"]
    assert isoflop("data", "fetch", NAME).exit_code == 75
    monkeypatch.delenv("ISOFLOP_OFFLINE")
    table = datasets.load(NAME)
    assert server.asked == 1 and len(table) == 4000 and (table["loss"] == 3).all()
    assert kept.read_bytes() == server.content and os.listdir(kept.parent) == [kept.name]


def test_a_file_under_anothers_name_is_not_used(monkeypatch, tmp_path):
    """Two files swapped in the cache: each name is there, neither is taken."""
    first, second = _sources.of("porian-refinedweb")
    monkeypatch.delenv("ISOFLOP_DATA", raising=False)
    monkeypatch.setenv("ISOFLOP_CACHE", str(tmp_path))
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")
    one, two = b"one", b"two"
    made = [
        type(s)(**vars(s) | {"sha256": _fetch.sha256(c)}) for s, c in ((first, one), (second, two))
    ]
    write(tmp_path / made[0].filename, two)
    write(tmp_path / made[1].filename, one)
    assert [_fetch.look(s).state for s in made] == ["wrong", "wrong"]
    for source in made:
        with pytest.raises(datasets.DataUnavailable):
            _fetch.read(source)


@pytest.mark.parametrize("fault", ["cut", "changed", "gone"])
def test_a_download_that_is_not_what_was_pinned(pinned, fault):
    """Cut off on the way, changed upstream, no server: said, nothing kept, the old file stays."""
    server, kept = pinned
    kept.parent.mkdir()
    write(kept, "an older version")
    if fault == "cut":
        server.cut = 20_000
    elif fault == "changed":
        server.content = server.content.replace(b"1e9", b"2e9")
    else:
        server.__exit__()
    said = isoflop("data", "fetch", NAME)
    assert said.exit_code == (1 if fault == "changed" else 75), said.output
    expected = "no longer has the pinned checksum" if fault == "changed" else "cannot be downloaded"
    assert expected in one_line(said.stderr)
    assert os.listdir(kept.parent) == [kept.name] and kept.read_text() == "an older version"


@pytest.mark.parametrize("real", [True, False], ids=["full disk", "disk full by name"])
def test_a_download_without_room(pinned, monkeypatch, real):
    """Not called a matter of the network: the folder, the reason, what to set; exit code 1."""
    _, kept = pinned
    with mounted(kept.parent, "-t", "tmpfs", "-o", "size=20k", "none") as full:
        if real and not full:
            pytest.skip("no file system may be mounted here; the other case stands for it")
        if not real:

            def no_room(*_):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            monkeypatch.setattr(os, "replace", no_room)
        said = isoflop("data", "fetch", NAME)
        assert said.exit_code == 1, said.output
        line = one_line(said.stderr)
        assert "No space left on device" in line and str(kept.parent) in line
        assert "ISOFLOP_CACHE" in line and "network" not in line
        assert os.listdir(kept.parent) == []
        assert datasets.load(NAME, stand_in=True).attrs["stand_in"], "chapters still run"


def test_a_cache_that_cannot_be(pinned, monkeypatch, tmp_path):
    monkeypatch.setenv("ISOFLOP_CACHE", str(write(tmp_path / "file", "") / "cache"))
    said = isoflop("data", "fetch", NAME)
    assert said.exit_code == 1 and "cannot be kept in" in one_line(said.stderr)
    assert datasets.load(NAME, stand_in=True).attrs["stand_in"], "chapters still run"
    done = subprocess.run(
        [sys.executable, "-m", "isoflop.datasets"], env=environment(ISOFLOP_OFFLINE="1")
    )
    assert done.returncode == 75


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that Linux has")
def test_files_that_cannot_be_read(pinned, monkeypatch, tmp_path):
    """Not even root can read the start of this one: it is not the data, and that is all."""
    server, kept = pinned
    kept.parent.mkdir()
    kept.symlink_to("/proc/self/mem")
    assert "sha256 unknown (Input/output error)" in one_line(isoflop("data", "verify").stderr)
    assert isoflop("data", "fetch", NAME).exit_code == 1  # a link is written through
    monkeypatch.setenv("ISOFLOP_DATA", str(kept.parent))
    said = isoflop("data", "fetch", NAME)
    assert said.exit_code == 1 and "no file in" in one_line(said.stderr)
    write(kept.parent / "z.csv", server.content)
    assert isoflop("data", "fetch", NAME).exit_code == 0, "the others are still looked at"


def test_a_mirror_that_cannot_be_read(monkeypatch, tmp_path):
    def refused(_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setenv("ISOFLOP_DATA", str(tmp_path))
    monkeypatch.setattr(Path, "iterdir", refused)
    for word in ("list", "verify", "where"):
        told = isoflop("data", word)
        assert told.exit_code == 1
        assert "which cannot be read: Permission denied" in one_line(told.stderr)
