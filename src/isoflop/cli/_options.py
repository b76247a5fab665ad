"""Options that several commands share, and what is said where one is wrong.

A table is read under the same options by every command; ``--json`` may stand without a file.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from isoflop.cli._say import stop, tell

UNREADABLE, USAGE = 1, 2

QUANTITIES = {"params": "N", "tokens": "D", "flops": "C"}
"""Other names of quantities, and what ``--columns`` and ``--units`` call them."""


def flops(text: str | float) -> float:
    """An argument in FLOPs; ``10^22`` is answered with how to write it."""
    try:
        return float(text)
    except ValueError:
        power = r"\s*(?:([0-9.]+)\s*[x×*·]\s*)?10\s*(?:\^|\*\*)\s*\+?(\d+)\s*"
        if found := re.fullmatch(power, str(text)):
            raise typer.BadParameter(f"{text!r}: write {found[1] or 1}e{found[2]}") from None
        raise typer.BadParameter(f"{text!r} is no number of FLOPs, such as 1e22") from None


Table = Annotated[Path, typer.Argument(metavar="RUNS.csv", help="CSV, TSV, Parquet or JSONL")]
Columns = Annotated[
    list[str] | None,
    typer.Option(metavar="N=NAME,…", help="Columns by name: N, D, C, loss, budget, run"),
]
Units = Annotated[
    list[str] | None,
    typer.Option(metavar="N=UNIT,…", help="Such as N=millions, C=1e18, loss=perplexity"),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=VALUE", help="Only these rows; also 'COLUMN>=VALUE' (<, <=, >, !=), quoted"
    ),
]
Level = Annotated[float, typer.Option(help="Level of the intervals, between 0 and 1")]
Json = Annotated[
    str | None,
    typer.Option("--json", metavar="[FILE]", help="JSON to FILE; - or nothing is stdout"),
]


class JsonCommand(TyperCommand):
    """A command whose ``--json`` without a file means standard output, as ``--json -`` does:
    at the end, before another option, before a number such as a budget."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        args, end = list(args), args.index("--") if "--" in args else len(args)
        for i in (i for i, word in enumerate(args[:end]) if word == "--json"):
            if i + 1 == end or re.match(r"-.|[0-9.]+(e\+?[0-9]+)?$", args[i + 1], re.I):
                args[i] = "--json=-"
        return super().parse_args(ctx, args)


def require_level(level: float) -> None:
    """Leaves where a level does not lie between 0 and 1."""
    if not 0 < level < 1:
        more = f"; for {level:g} % write {level / 100:g}" if 1 < level < 100 else ""
        stop(f"--level {level:g}: must lie between 0 and 1{more}", USAGE)


def require_flops(flag: str, value: float) -> None:
    """Leaves where a value is no finite number of FLOPs above 0."""
    if not (math.isfinite(value) and value > 0):
        stop(f"{flag} must be a number of FLOPs above 0, such as 1e21; got {value:g}", USAGE)


def asked(columns: list[str] | None, units: list[str] | None, only: list[str] | None) -> dict:
    """The options of a table as ``reading.read`` takes them; leaves where one is malformed."""
    from isoflop._select import condition

    for text in only or []:
        if condition(text) is None:
            stop(f"--only {text}: need COLUMN=VALUE, or such as 'flops>=1e17'", USAGE)
    return {
        "columns": _pairs("--columns", columns),
        "units": _pairs("--units", units),
        "only": only or [],
    }


def words(columns: list[str] | None, units: list[str] | None, only: list[str] | None) -> list[str]:
    """The options of a table as they were written, for a command that reads it again."""
    given = {"--columns": columns, "--units": units, "--only": only}
    return [word for flag, texts in given.items() for text in texts or [] for word in (flag, text)]


def _pairs(flag: str, texts: list[str] | None) -> dict[str, str]:
    """``N=a,loss=b`` as a dict; a comma parts pairs only before another quantity."""
    known = ("N", "D", "C", "loss", "budget", *(("run",) if flag == "--columns" else ()))
    names, found = "|".join((*known, *QUANTITIES)), {}
    for part in (p for text in texts or [] for p in re.split(rf",(?=\s*(?:{names})\s*=)", text)):
        name, _, value = (word.strip() for word in part.partition("="))
        if not (name and value):
            such = "COLUMN, such as N=model_size"
            such = such if flag == "--columns" else "UNIT, such as N=millions"
            stop(f"{flag} {part}: need QUANTITY={such}; quantities: {', '.join(known)}", USAGE)
        name = QUANTITIES.get(name, name)
        if name not in known:
            stop(f"{flag} {part}: {name} is none of {', '.join(known)}", USAGE)
        found[name] = value
    return found


def read(file: Path, by: str | None = None, *, curves: bool = False, **options):
    """A table, or training curves, as ``reading`` gives them; leaves where it cannot be read."""
    from isoflop import reading

    try:
        return (reading.curves if curves else reading.read)(file, by=by, **options)
    except (ValueError, OSError, MemoryError) as problem:
        said = getattr(problem, "strerror", None) or str(problem) or "not enough memory"
        stop(f"{file}: {said}", UNREADABLE)


def answer(made: dict, text: str, json_to: str | None) -> None:
    """The text, with JSON in a file where one is named; JSON instead on standard output."""
    content = json.dumps(made, ensure_ascii=False) + "\n"
    tell(content.removesuffix("\n") if json_to == "-" else text)
    if json_to in (None, "-"):
        return
    from isoflop.runs import replace_file

    try:
        replace_file(Path(json_to), content.encode("utf-8", "backslashreplace"))
    except OSError as problem:
        stop(f"cannot write {json_to}: {problem.strerror or problem}", UNREADABLE)
