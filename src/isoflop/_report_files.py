"""The files of a report in their folder: what an earlier fit left there goes, nothing else."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from isoflop import runs

OURS = re.compile(r"(\d{2,}-)?(exponents|optimum|profiles|residuals)\.svg")
"""Names that figures of a report have; nothing else in the folder is ever removed."""


def as_text(made: dict) -> bytes:
    """The JSON object as it is written; what is no text in a name stays JSON."""
    text = json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def write_report(out: Path, page: str, figures: Sequence[dict[str, str]], made: dict) -> None:
    """Write the page, its figures and ``fit.json``, which lists them under ``files``.

    Figures that the ``fit.json`` there lists and this fit does not have are removed: they would
    show another fit. ``fit.json`` comes last. Raises OSError where a file cannot be written.
    """
    drawn = {
        f"{number:02d}-{name}.svg" if len(figures) > 1 else f"{name}.svg": svg
        for number, part in enumerate(figures, 1)
        for name, svg in part.items()
    }
    stale = _listed(out) - drawn.keys()
    runs.replace_file(out / "report.html", page.encode("utf-8", "replace"))
    for name, svg in drawn.items():
        runs.replace_file(out / name, svg.encode())
    for name in stale:
        if (out / name).is_file():
            (out / name).unlink()
    runs.replace_file(out / "fit.json", as_text(made | {"files": ["report.html", *drawn]}))


def _listed(out: Path) -> set[str]:
    """Figures that an earlier fit says it wrote here; none where what it says cannot be read."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads((out / "fit.json").read_bytes())
        names = found.get("files", []) if isinstance(found, dict) else []
        if isinstance(names, list):
            return {n for n in names if isinstance(n, str) and OURS.fullmatch(n)}
    return set()
