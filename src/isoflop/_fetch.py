"""Getting a pinned file: a local mirror, else the user's cache, else one download. Bytes only.

A file is known by its sha256 alone, checked before anything opens it.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from isoflop._sources import Source
from isoflop.runs import replace_file

MIRROR = "ISOFLOP_DATA"
CACHE = "ISOFLOP_CACHE"
OFFLINE = "ISOFLOP_OFFLINE"


class DataError(RuntimeError):
    """Data that is there but not as pinned, or a mirror that is not one; says what to do."""


class DataUnavailable(DataError):
    """Data that cannot be had here and now: no mirror, nothing cached, no network."""


class CacheUnwritable(DataUnavailable):
    """A download that cannot be kept: no room, or a cache folder that may not be written."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def mirror() -> Path | None:
    """The folder named by $ISOFLOP_DATA; set to something that is no folder, it is an error."""
    value = os.environ.get(MIRROR, "").strip()
    if not value:
        return None
    folder = Path(value)
    if not folder.is_dir():
        raise DataError(
            f"{MIRROR} is {value!r}, which is no folder (seen from {Path.cwd()}). "
            f"Point it at a folder with the data files, or unset it to download them."
        )
    return folder


def cache_folder() -> Path:
    """The user's cache folder: $ISOFLOP_CACHE, else the system's place for such things."""
    value = os.environ.get(CACHE, "").strip()
    if value:
        return Path(value)
    import platformdirs

    return Path(platformdirs.user_cache_dir("isoflop"))


@cache
def _digest(path: str, size: int, modified: int) -> str:
    return sha256(Path(path).read_bytes())


def digest(path: Path) -> str:
    """A file's sha256, remembered while its size and time of change stay the same."""
    stat = path.stat()
    return _digest(str(path), stat.st_size, stat.st_mtime_ns)


def find(source: Source) -> Path | None:
    """The file with the pinned checksum in the mirror, or without one in the cache; else None."""
    folder = mirror()
    if folder is None:
        path = cache_folder() / source.filename
        return path if _is(path, source) else None
    try:
        files = sorted(folder.iterdir())
    except OSError as problem:
        raise DataError(f"{MIRROR} is {folder}, which cannot be read: {problem.strerror}") from None
    return next((path for path in files if _is(path, source)), None)


def _is(path: Path, source: Source) -> bool:
    """Whether a file is the pinned one; a file that cannot be read is not."""
    try:
        return path.is_file() and digest(path) == source.sha256
    except OSError:
        return False


@dataclass(frozen=True)
class Place:
    """Where a pinned file is, or would be: ``state`` is "good", "wrong" (another checksum under
    its name; ``sha256`` says which) or "missing"."""

    path: Path
    state: str
    sha256: str = ""


def look(source: Source) -> Place:
    """Where a file is and whether it is as pinned; opens nothing but to check it, fetches nothing.

    Raises DataError where $ISOFLOP_DATA is no folder.
    """
    path = find(source)
    if path is not None:
        return Place(path, "good", source.sha256)
    folder = mirror()
    path = folder / source.basename if folder else cache_folder() / source.filename
    if not path.is_file():
        return Place(path, "missing")
    return Place(path, "wrong", _digest_or_why(path))


def _digest_or_why(path: Path) -> str:
    try:
        return digest(path)
    except OSError as problem:
        return f"unknown ({problem.strerror})"


@dataclass
class Progress:
    """Says how far a download is, after two seconds and every two seconds from then on."""

    say: Callable[[str], None]
    what: str
    total: int = 0
    done: int = 0
    last: float = field(default_factory=time.monotonic)

    def update(self, size: int) -> None:
        self.done = min(self.done + size, self.total or self.done + size)
        if time.monotonic() - self.last >= 2:
            self.last = time.monotonic()
            self.say(f"{self.what}: {self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB")

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Nothing to close; pooch asks for it."""


def read(source: Source, say: Callable[[str], None] | None = None) -> bytes:
    """The file's bytes, checked against the pinned sha256; ``say`` is told of a slow download.

    Raises DataError where a mirror lacks the file or holds another version of it, and
    DataUnavailable where it would have to be downloaded and cannot be; CacheUnwritable, one of
    those, where the reason is the cache folder.
    """
    path = find(source)
    if path is None and (folder := mirror()) is not None:
        raise DataError(_not_in_mirror(source, folder))
    content = (path or _download(source, say)).read_bytes()
    if sha256(content) != source.sha256:
        raise DataError(f"{path} changed while it was read; try again")
    return content


def _not_in_mirror(source: Source, folder: Path) -> str:
    name = source.basename
    same_name = folder / name
    seen = ""
    if same_name.is_file():
        seen = f" {same_name} is there with sha256 {_digest_or_why(same_name)}."
    return (
        f"data set {source.dataset!r}: no file in {folder} has sha256 {source.sha256} "
        f"({name} at the pinned commit).{seen} Put the file from {source.url} there, "
        f"or unset {MIRROR} to download it."
    )


def _download(source: Source, say: Callable[[str], None] | None = None) -> Path:
    if os.environ.get(OFFLINE):
        raise DataUnavailable(
            f"data set {source.dataset!r}: {OFFLINE} is set and nothing is cached"
        )
    content = _from_network(source, say)
    if (found := sha256(content)) != source.sha256:
        raise DataError(
            f"data set {source.dataset!r}: what {source.url} sends no longer has the pinned "
            f"checksum {source.sha256}, but {found}. It was not kept. Try again; if it stays so, "
            f"ask upstream for commit {source.commit}."
        )
    try:
        return replace_file(cache_folder() / source.filename, content)
    except OSError as error:
        raise CacheUnwritable(
            f"data set {source.dataset!r}: cannot be kept in {cache_folder()} ({error.strerror}). "
            f"Make room there, or set {CACHE} to another folder."
        ) from error


def _from_network(source: Source, say: Callable[[str], None] | None) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its progress bar asks for widgets we do not use
        import pooch
    progress = Progress(say, f"{source.dataset}: {source.basename}") if say else False
    content = io.BytesIO()
    try:
        pooch.HTTPDownloader(timeout=20, progressbar=progress)(source.url, content, None)
    except OSError as error:
        raise DataUnavailable(
            f"data set {source.dataset!r}: cannot download {source.url} ({type(error).__name__}). "
            f"Try again with a network, or set {MIRROR} to a folder that has the file."
        ) from error
    return content.getvalue()
