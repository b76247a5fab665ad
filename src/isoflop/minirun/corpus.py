"""What the tiny models read: Python source that is on this machine already, byte by byte.

The text is the ``.py`` files of the distributions below, each at the version installed. All come
along with ``isoflop[minirun]``, so nothing is downloaded and nothing is committed. Another
package beside them, or another Python, leaves the text as it is; another version of one of them
does not, and the manifest says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import numpy as np

PACKAGES = (
    "fonttools",
    "matplotlib",
    "mpmath",
    "networkx",
    "numpy",
    "pandas",
    "scipy",
    "sympy",
    "torch",
)
"""The distributions whose source is read."""

VOCABULARY = 256
"""Tokens are bytes."""

_BUILD_WRITTEN = {"version.py", "_version.py", "__config__.py", "_version_meson.py"}
_SLICES = 50  # one file in fifty for tuning, another one in fifty for reporting
_BLOCK = 1 << 14  # a text of one's own is cut into blocks, which stand in for files
_SEPARATOR = b"\x00"


class CorpusError(ValueError):
    """A text that cannot be read, or is too short for what is asked of it."""


@dataclass(frozen=True)
class Corpus:
    """Bytes to train on, and two held-out texts: to tune with, and to report on.

    ``train``, ``tune``, ``report``: uint8, one-dimensional. ``manifest``: what the text is made
    of (versions, files, bytes) and the sha256 of all three, whose first twelve digits are ``id``.
    """

    train: np.ndarray = field(repr=False)
    tune: np.ndarray = field(repr=False)
    report: np.ndarray = field(repr=False)
    manifest: dict

    @property
    def id(self) -> str:
        """Twelve digits that name this text in every stored row."""
        return self.manifest["sha256"][:12]

    def need(self, tokens: float) -> None:
        """Raise CorpusError if a run of ``tokens`` bytes would have to read something twice."""
        if tokens > len(self.train):
            raise CorpusError(
                f"the longest run reads {tokens:,.0f} bytes and the training text has "
                f"{len(self.train):,}. Give a longer text (--text FILE) or a smaller budget."
            )


def windows(text: np.ndarray, context: int, count: int) -> np.ndarray:
    """``count`` windows of context + 1 bytes, spread evenly over ``text``: (count, context + 1).

    Raises CorpusError where the text is too short for windows that do not overlap.
    """
    if len(text) < count * (context + 1):
        raise CorpusError(
            f"a held-out text of {len(text):,} bytes is too short for {count:,} windows of "
            f"{context + 1} bytes. Give a longer text: about {_SLICES * count * context:,} bytes."
        )
    starts = np.linspace(0, len(text) - context - 1, count).astype(np.int64)
    return text[starts[:, None] + np.arange(context + 1)]


def installed() -> Corpus:
    """The source of ``PACKAGES`` as installed here, each distinct file once.

    Raises CorpusError naming a distribution that is missing.
    """
    versions, files = {}, []
    for package in PACKAGES:
        try:
            distribution = metadata.distribution(package)
        except metadata.PackageNotFoundError:
            raise CorpusError(
                f"{package} is not installed and its source is part of the text. "
                f"Install isoflop[minirun], or read a text of your own: --text FILE"
            ) from None
        versions[package] = distribution.version.split("+")[0]
        files += _sources(distribution)
    return _split(_distinct(files), {"packages": versions})


def from_file(path: str | Path) -> Corpus:
    """Any text of one's own, read as bytes.

    Raises CorpusError where the file cannot be read or is too short to hold out anything.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as problem:
        raise CorpusError(f"cannot read the text {path}: {problem.strerror}") from None
    blocks = [content[i : i + _BLOCK] for i in range(0, len(content), _BLOCK)]
    named = [(hashlib.sha256(str(i).encode()).digest(), block) for i, block in enumerate(blocks)]
    if len(blocks) < 4 * _SLICES:
        raise CorpusError(
            f"the text {path} has {len(content):,} bytes; at least {4 * _SLICES * _BLOCK:,} are "
            f"needed, so that something can be held out"
        )
    return _split(sorted(named), {"text": Path(path).name})


def _sources(distribution: metadata.Distribution) -> Iterator[tuple[bytes, bytes]]:
    """(hash of its path, content) of each .py file; what a build writes differs by machine."""
    for file in distribution.files or ():
        if file.suffix == ".py" and ".." not in file.parts and file.name not in _BUILD_WRITTEN:
            try:
                content = Path(distribution.locate_file(file)).read_bytes()
            except OSError:
                continue  # listed, but not installed
            yield hashlib.sha256(file.as_posix().encode()).digest(), content


def _distinct(files: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """In the order of the path hashes, the first of each content."""
    seen = {}
    for key, content in sorted(files):
        seen.setdefault(hashlib.sha256(content).digest(), (key, content))
    return list(seen.values())


def _split(files: list[tuple[bytes, bytes]], about: dict) -> Corpus:
    slices = {"train": [], "tune": [], "report": []}
    for key, content in files:
        place = int.from_bytes(key[:8], "big") % _SLICES
        slices[{0: "tune", 1: "report"}.get(place, "train")].append(content)
    texts = {name: bytearray(_SEPARATOR.join(parts)) for name, parts in slices.items()}
    digest = hashlib.sha256()
    for text in texts.values():
        digest.update(hashlib.sha256(text).digest())
    manifest = about | {
        "files": {name: len(parts) for name, parts in slices.items()},
        "bytes": {name: len(text) for name, text in texts.items()},
        "sha256": digest.hexdigest(),
    }
    return Corpus(
        **{name: np.frombuffer(text, dtype=np.uint8) for name, text in texts.items()},
        manifest=manifest,
    )


def leak(corpus: Corpus, shortest: int = 30) -> float:
    """The share of the reporting text, by bytes, in lines of at least ``shortest`` characters
    that stand in the training text word for word: how much near-duplicate files give away.
    """
    seen = {line.strip() for line in corpus.train.tobytes().split(b"\n")}
    lines = [line.strip() for line in corpus.report.tobytes().split(b"\n")]
    known = sum(len(line) for line in lines if len(line) >= shortest and line in seen)
    return known / len(corpus.report)
