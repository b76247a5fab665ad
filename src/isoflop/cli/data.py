"""``isoflop data``: the public data sets, where they are, and whether they are as pinned."""

from __future__ import annotations

from typing import Annotated

import typer

from isoflop.cli import _table
from isoflop.cli._say import stop, tell

WRONG, USAGE, TRY_AGAIN = 1, 2, 75

app = typer.Typer(no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]…", help="Data sets [default: all]")
]


@app.callback()
def about() -> None:
    """The public data: list, fetch, verify, where.

    Files are looked for in the folder that ISOFLOP_DATA names, by checksum; without it in the
    user's cache, and else downloaded once from a pinned commit. ISOFLOP_OFFLINE=1 downloads
    nothing.

    \b
    isoflop data list
    isoflop data fetch isoflops
    isoflop data verify && isoflop fit "$(isoflop data where chinchilla-figure4)"
    """


@app.command("list")
def list_() -> None:
    """Every data set: size, licence, citation, source, and whether it is at hand."""
    from isoflop import _fetch, _own, _sources

    rows = [("data set", "file", "kB", "licence", "", "citation")]
    for source in _sources.SOURCES:
        place = _looked(source)
        size, state = f"{source.size / 1e3:,.0f}", _STATES[place.state]
        cells = source.dataset, source.basename, size, source.licence, state, source.citation
        rows.append(cells)
    for name in _own.NAMES:
        size = (_own.FOLDER / f"{name}.csv").stat().st_size
        cells = name, f"{name}.csv", f"{size / 1e3:,.0f}", "MIT", "in the package", "our own runs"
        rows.append(cells)
    tell("\n".join(_table.lines(rows)))
    tell(f"\nLooked for in: {_fetch.mirror() or _fetch.cache_folder()}")
    tell("\n".join(f"{s.basename}: {s.url}" for s in _sources.SOURCES))


@app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME…|all", help="Data sets, or all")],
) -> None:
    """Download what is not at hand, each file checked against its pinned checksum.

    \b
    Exit codes
    0   everything asked for is at hand
    1   a file is there with another checksum, ISOFLOP_DATA is no folder, or the cache cannot be
        written
    2   no such data set
    75  cannot be had now: try again with a network
    """
    from isoflop import datasets

    def say(line: str) -> None:
        tell(line) if line.startswith("data ") else typer.echo(line, err=True)

    try:
        missing = datasets.fetch(None if names == ["all"] else _checked(names), say)
    except datasets.DataError as problem:
        stop(str(problem), WRONG)
    if missing:
        stop(
            f"{', '.join(missing)}: cannot be downloaded now. Try again with a network and without "
            f"ISOFLOP_OFFLINE, or set ISOFLOP_DATA to a folder with the files",
            TRY_AGAIN,
        )


@app.command()
def verify(names: Names = None) -> None:
    """Check what is at hand against the pinned checksums; nothing is downloaded.

    \b
    Exit codes
    0  every file at hand is as pinned (one that is not at hand is no fault)
    1  a file has another checksum, or a data set asked for by name is not at hand
    2  no such data set
    """
    from isoflop import _sources

    bad = []
    for name in _checked(names or _sources.NAMES):
        for source in _sources.of(name):
            place = _looked(source)
            tell(f"{name}: {_STATES[place.state]}: {place.path}")
            if place.state == "wrong":
                bad.append(f"{place.path} has sha256 {place.sha256}, not {source.sha256}")
            elif place.state == "missing" and names:
                bad.append(f"{name} is not at hand; isoflop data fetch {name} downloads it")
    if bad:
        stop("; ".join(bad), WRONG)


@app.command()
def where(names: Names = None) -> None:
    """The path of each file, one a line; what is not at hand is named on standard error.

    \b
    Exit codes
    0  every file is at hand
    1  one is not, or has another checksum
    2  no such data set
    """
    from isoflop import _own, _sources

    gone = []
    for name in _checked(names or _sources.NAMES, own=True):
        if name in _own.NAMES:
            tell(str(_own.FOLDER / f"{name}.csv"))
            continue
        for source in _sources.of(name):
            place = _looked(source)
            if place.state == "good":
                tell(str(place.path))
            else:
                gone.append(f"{name}: {_STATES[place.state]} ({place.path})")
    if gone:
        stop("; ".join(gone), WRONG)


_STATES = {"good": "at hand", "wrong": "another checksum", "missing": "not at hand"}


def _looked(source):
    from isoflop import _fetch

    try:
        return _fetch.look(source)
    except _fetch.DataError as problem:
        stop(str(problem), WRONG)


def _checked(names, own: bool = False) -> list[str]:
    from isoflop import _own, _sources

    known = _sources.NAMES + (_own.NAMES if own else ())
    for name in names:
        if name not in known:
            stop(f"no data set {name!r}; there are {', '.join(known)}", USAGE)
    return list(dict.fromkeys(names))
