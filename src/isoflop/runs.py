"""The table of training runs: its columns, their units, and what makes a table valid.

A runs table is a pandas DataFrame with one row per training run. Four columns are required;
every count is float64, because products of counts overflow int64.
"""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop.laws import positive

COLUMNS = {
    "params": "N, parameters (a count)",
    "tokens": "D, training tokens (a count)",
    "flops": "C, training compute (FLOPs)",
    "loss": "L, nats per token (per byte where bytes are the tokens)",
}
"""The required columns and their units; a source may bring more."""

_COUNTS = ("params", "tokens", "flops", "budget", "params_nonembedding", "flops_nonembedding")


def table(**columns: ArrayLike) -> pd.DataFrame:
    """A runs table from arrays: ``table(params=…, tokens=…, flops=…, loss=…)``.

    Each (n,), counts and nats per token; raises what ``validate`` raises.
    """
    return validate(pd.DataFrame(columns))


def validate(frame: pd.DataFrame, name: str = "table") -> pd.DataFrame:
    """A copy of ``frame`` with numeric columns as float64, checked row by row.

    Raises
    ------
    ValueError
        Names the missing column, or the first row and column whose value is not a finite
        positive number, and says what would be one.

    >>> import pandas as pd
    >>> from isoflop import runs
    >>> table = pd.DataFrame({"params": [1e9], "tokens": [2e10], "loss": [2.5]})
    >>> runs.validate(table)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: table: no column 'flops' (C, training compute (FLOPs)); it has params, ...
    """
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise ValueError(
            f"{name}: no column {missing[0]!r} ({COLUMNS[missing[0]]}); "
            f"it has {', '.join(map(str, frame.columns)) or 'no columns'}. Rename or compute it."
        )
    if frame.empty:
        raise ValueError(f"{name}: no rows")
    frame = frame.copy()
    for column in [c for c in frame.columns if c in COLUMNS or c in _COUNTS]:
        frame[column] = numbers(frame[column], name)
    return frame


def numbers(column: pd.Series, name: str) -> pd.Series:
    """A column as float64; ValueError names the first row that is not a finite positive number."""
    values = pd.to_numeric(column, errors="coerce").astype(np.float64)
    bad = ~(np.isfinite(values) & (values > 0)).to_numpy()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        value = column.iloc[row]
        raise ValueError(
            f"{name}: row {column.index[row]!r}, column {column.name!r}: "
            f"{value.item() if isinstance(value, np.generic) else value!r} is not a "
            f"finite positive number; mend or drop that row"
        )
    return values


def columns(**arrays: ArrayLike) -> list[np.ndarray]:
    """Named arrays as float64 columns of one length, every value finite and positive.

    Raises ValueError naming the array and the index of the first value that is not, or the shapes.
    """
    checked = [np.atleast_1d(positive(name, values)) for name, values in arrays.items()]
    if len({len(c) for c in checked}) > 1 or any(c.ndim > 1 for c in checked):
        shapes = ", ".join(f"{name} {c.shape}" for name, c in zip(arrays, checked))
        raise ValueError(f"these must be one-dimensional and of one length: {shapes}")
    if not len(checked[0]):
        raise ValueError(f"no rows: {', '.join(arrays)} are empty")
    return checked


def columns_of(frame: pd.DataFrame) -> list[np.ndarray]:
    """N, D, loss, C of a runs table, in the order the fits take: ``fit(*columns_of(frame))``."""
    return [frame[name].to_numpy() for name in ("params", "tokens", "loss", "flops")]


def read(path: str | Path) -> pd.DataFrame:
    """A runs table from a CSV file; what ``validate`` raises names the file, OSError if none."""
    return validate(pd.read_csv(path, compression=None), name=str(path))


def write(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a runs table as CSV; the file is replaced whole or not at all."""
    return replace_file(Path(path), frame.to_csv(index=False, float_format="%.17g").encode())


def replace_file(path: Path, content: bytes) -> Path:
    """Put ``content`` at ``path`` in one step: readers see the old file or the new, never half.

    A link stays and what it leads to is replaced; a device or a pipe is written to. A process
    that is killed while it writes leaves a hidden file, which the next write of the same path
    removes once it is an hour old. Raises OSError where it cannot be written; the old file stays.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # replacing /dev/null would break the system, not write to it
        return path
    whole = Path(os.path.realpath(path))
    whole.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(_HALF, f".{whole.name}.", whole.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, whole)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _remove_halves(whole)
    return path


_HALF, _ABANDONED = ".half", 3600.0
"""How a file ends that is being written, and the seconds after which nobody writes it any more."""


def _remove_halves(path: Path) -> None:
    for half in path.parent.glob(f".{glob.escape(path.name)}.*{_HALF}"):
        with contextlib.suppress(OSError):  # another process may have been quicker
            if time.time() - half.stat().st_mtime > _ABANDONED:
                half.unlink()


@contextlib.contextmanager
def writing_together(folder: Path) -> Iterator[None]:
    """While one process writes its files into a folder, others that ask wait: files of one run
    stay together. The system lets go of it when its holder ends, however that ends. Where there
    is no such lock (Windows, some network drives) nobody waits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
