"""``isoflop fit``: all three approaches on a table of runs, from any file of numbers."""

from __future__ import annotations

import math
import sys
import threading
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from isoflop.cli import _options
from isoflop.cli._options import Columns, Json, Level, Only, Table, Units
from isoflop.cli._say import stop, tell

UNREADABLE, USAGE, FORBIDDEN, NOTHING = 1, 2, 3, 4


class Lang(StrEnum):
    """The language of the summary and the report."""

    zh = "zh"
    en = "en"


By = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Fit each of this column's values by itself")
]
Curves = Annotated[
    Path | None, typer.Option(help="Training curves for approach 1, a row per evaluation")
]
Target = Annotated[
    list[float] | None,
    typer.Option(metavar="C", parser=_options.flops, help="Also N*(C) at this compute, FLOPs"),
]
Out = Annotated[Path | None, typer.Option(help="Folder for report.html, figures and fit.json")]
Bootstraps = Annotated[int, typer.Option(min=2, max=10_000, help="Resamples for each interval")]
Seed = Annotated[int, typer.Option(min=0, help="Of the resamples")]
Language = Annotated[Lang, typer.Option(help="Language of the summary and the report")]
Near = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Approach 2: only runs so near their budget's lowest loss"),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 on any warning")]


def fit(
    table: Table,
    columns: Columns = None,
    units: Units = None,
    only: Only = None,
    by: By = None,
    curves: Curves = None,
    target: Target = None,
    out: Out = None,
    json_to: Json = None,
    bootstraps: Bootstraps = 1000,
    seed: Seed = 0,
    level: Level = 0.95,
    lang: Language = Lang.en,
    near: Near = None,
    strict: Strict = False,
) -> None:
    """Fit a scaling law to a table of runs: all three approaches, as far as its columns allow.

    A row is a run: parameters (params, N, model_size …), tokens (D, tokens_seen …) or compute
    (flops, C, total_flos …), and loss. Units may stand in names, "params (M)", or values, "1.3B".
    Rows are counted from 1 below the header. Where several rows share a run id they are its curve.
    Files in --out are each replaced whole, fit.json last; of two commands with one folder the
    second waits, so that what lies there in the end comes from one of them.

    \b
    isoflop fit runs.csv
    isoflop fit runs.csv --out report --lang zh
    isoflop fit wandb.csv --columns N=config.size,loss=val_loss --units N=millions
    isoflop fit all.csv --by experiment --json - > fit.json
    isoflop fit all.csv --only optimizer=adamw --only 'flops>=1e17'
    isoflop fit runs.csv --curves curves.csv --target 1e21
    isoflop fit runs.csv --near 0.1

    \b
    Exit codes
    0  fitted; at least one approach, and no warning against using it
    1  the table could not be read, or the result not written
    2  wrong use of the command
    3  fitted, but a warning says what to mend before using it (any warning with --strict)
    4  no approach was possible
    """
    from isoflop import _advice
    from isoflop.approaches import Options

    _options.require_level(level)
    for C in target or []:
        _options.require_flops("--target", C if C < 1e40 else math.inf)
    _require_folder(out)
    asked = _options.asked(columns, units, only)
    if near is not None and not 0 < near < 1e9:
        stop(f"--near {near:g}: need a share of the loss above 0, such as 0.1", USAGE)
    options = Options(bootstraps, seed, level, near)
    with _Teller(f"reading {table}") as teller:
        reading, sections = _fitted(table, curves, asked, by, options, teller)
        sections = _advice.advised(
            sections, reading, target or [], options, _options.words(columns, units, only), by
        )
        made = _drawn(sections, target or [], teller) if out is not None else []
    _write(reading, sections, made, target or [], options, lang.value, out, json_to)
    raise typer.Exit(_code(reading, sections, strict))


def _require_folder(out: Path | None) -> None:
    """Before the fit, not after it: what was meant as a file's name, or is one."""
    if out is None or out.is_dir():
        return
    if out.is_file():
        stop(f"--out {out} is a file; give a folder", UNREADABLE)
    if out.suffix.lower() in (".html", ".htm", ".json"):
        stop(f"--out names a folder; try --out {out.with_suffix('')}", USAGE)


def _fitted(table: Path, curves: Path | None, asked: dict, by: str | None, options, teller):
    from isoflop import approaches
    from isoflop.report import Section

    found = _options.read(table, by, **asked)
    lines = found.curves
    if curves is not None:
        lines = _options.read(curves, by, curves=True, **{**asked, "only": []})
    sections = []
    for name, runs, part in _groups(found.runs, lines, by):
        teller.group = name
        answers = approaches.fit_all(runs, part, options, teller)
        sections.append(Section(name, runs, answers))
    return found, sections


def _groups(runs, curves, by: str | None):
    if by is None:
        yield "", runs, curves
        return
    labels = runs[by].astype(str)
    for name, part in runs.groupby(labels, sort=False):
        its = None
        if curves is not None and by in curves:
            its = curves[curves[by].astype(str) == name]
        yield str(name), part, its


def _write(reading, sections, figures, targets, options, lang: str, out, json_to) -> None:
    from isoflop import report
    from isoflop._report_files import as_text, write_report
    from isoflop._said import shown
    from isoflop.runs import replace_file, writing_together

    made = report.as_json(reading, sections, targets, options)
    content = as_text(made)
    if json_to == "-":
        tell(content.decode(), nl=False)
    else:
        tell(report.summary(reading, sections, targets, options, lang))
    place = None
    try:
        if json_to not in (None, "-"):
            place = json_to
            replace_file(Path(json_to), content)
        if out is not None:
            place = out
            page = report.page(reading, sections, figures, targets, options, lang)
            with writing_together(out):
                write_report(out, page, figures, made)
    except OSError as problem:
        stop(f"cannot write {place}: {problem.strerror or problem}", UNREADABLE)
    if out is not None:
        typer.echo(f"\n{shown(out / 'report.html')}", err=json_to == "-")


def _drawn(sections, targets, teller) -> list[dict[str, str]]:
    from isoflop._report_figures import pictures

    made = []
    for number, section in enumerate(sections, 1):
        teller.what = f"drawing {number}/{len(sections)}"
        made.append(pictures(section.answers, tuple(targets)))
    return made


def _code(reading, sections, strict: bool) -> int:
    fitted = [x for s in sections for x in s.answers.values() if x.fit is not None]
    if not fitted:
        return NOTHING
    notes = [*reading.warnings, *(n for x in fitted for n in x.warnings)]
    notes += [n for s in sections for n in s.notes()]
    return FORBIDDEN if any(n.forbids or strict for n in notes) else 0


class _Teller:
    """Says every two seconds what is being done; nothing where that takes less."""

    def __init__(self, what: str, every: float = 2.0):
        self.every, self.start, self.what, self.group = every, time.monotonic(), what, ""
        self.over, self.shown = threading.Event(), False
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> _Teller:
        self.thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self.over.set()
        self.thread.join()
        if self.shown and sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    def __call__(self, name: str, done: int, whole: int) -> None:
        group = f"{self.group} · " if self.group else ""
        self.what = f"{group}{name}"
        if whole:
            self.what += f": {done}/{whole} resamples" if done < whole else ": second pass"

    def _beat(self) -> None:
        while not self.over.wait(self.every):
            line, self.shown = f"{self.what} ({time.monotonic() - self.start:.0f} s)", True
            # Names come from the table: no control characters of theirs reach the terminal.
            line = "".join(c for c in line if c.isprintable())
            typer.echo(
                f"\r\033[K{line}" if sys.stderr.isatty() else line,
                err=True,
                nl=not sys.stderr.isatty(),
            )
