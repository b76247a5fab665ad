"""``isoflop design``: the next runs that narrow the interval of N*(C) most, and by how much."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Annotated

import typer

from isoflop.cli import _table
from isoflop.cli._say import stop, tell
from isoflop.cli.plan import Lang, Language

UNREADABLE, USAGE, NOTHING = 1, 2, 4

Table = Annotated[Path, typer.Argument(metavar="RUNS.csv", help="params, tokens, flops, loss")]
Target = Annotated[float, typer.Option(metavar="C", help="Compute at which N* is wanted, FLOPs")]
Spend = Annotated[float, typer.Option(metavar="C", help="What the next round may cost, FLOPs")]
Budgets = Annotated[int | None, typer.Option(min=1, max=20, help="So many budgets [tried: 1-5]")]
Sizes = Annotated[int | None, typer.Option(min=3, max=99, help="So many sizes at each [3-19]")]
Worlds = Annotated[int, typer.Option(min=2, max=1000, help="Simulated worlds for each round")]
Level = Annotated[float, typer.Option(help="Level of the intervals, between 0 and 1")]
Seed = Annotated[int, typer.Option(min=0, help="Of the simulation")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead; keys are listed above")]


def design(
    table: Table,
    target: Target,
    spend: Spend,
    budgets: Budgets = None,
    sizes: Sizes = None,
    worlds: Worlds = 16,
    level: Level = 0.95,
    seed: Seed = 0,
    as_json: Json = False,
    lang: Language = Lang.en,
) -> None:
    """Propose the next runs: those that narrow the interval of N*(target) most for their FLOPs.

    Fits the surface to the runs there are, then makes each promising round many times in
    simulation, under laws drawn from the bootstrap and noise like the residuals, and refits.
    Beside it stands what repeating the present runs for the same FLOPs would do.

    \b
    isoflop design runs.csv --target 1e21 --spend 1e20
    isoflop design runs.csv --target 1e21 --spend 1e20 --budgets 3 --sizes 7 --lang zh
    isoflop design runs.csv --target 1e21 --spend 1e20 --json > next.json

    \b
    JSON keys (a pair is low, high)
    target, spend, level, worlds, seed
    now     N, interval (a pair), width (of log N)
    rounds  a list, the best first; each with budgets, sizes, factor,
            spend, ratio (of widths, after over now), error, range (a
            pair), failed, runs: a list of N, D, C
    repeat  the same keys, for the present runs again

    \b
    Exit codes
    0  proposed
    1  the table could not be read, or the answer not written
    2  wrong use of the command
    4  the runs allow no fit, or the spend no round
    """
    from isoflop import design as library
    from isoflop import runs

    for flag, value in (("--target", target), ("--spend", spend)):
        if not (math.isfinite(value) and value > 0):
            stop(f"{flag} must be a number of FLOPs above 0, such as 1e21; got {value:g}", USAGE)
    if not 0 < level < 1:
        stop(f"--level must lie between 0 and 1; got {level:g}", USAGE)
    try:
        rows = runs.read(table)
    except OSError as problem:
        stop(f"{table} cannot be read: {problem.strerror}", UNREADABLE)
    except ValueError as problem:
        stop(str(problem) if str(table) in str(problem) else f"{table}: {problem}", UNREADABLE)
    options = {"budgets": budgets, "sizes": sizes, "worlds": worlds, "level": level, "seed": seed}
    try:
        found = library.propose(rows, target, spend, progress=_Teller(lang.value), **options)
    except (ValueError, RuntimeError) as problem:
        stop(str(problem), NOTHING)
    if as_json:
        tell(json.dumps(_as_json(found, seed)))
    else:
        tell("\n".join(_text(found, lang.value)))


def _as_json(found, seed: int) -> dict:
    return {
        "target": found.target,
        "spend": found.spend,
        "level": found.level,
        "worlds": found.worlds,
        "seed": seed,
        "now": {"N": found.N, "interval": found.interval, "width": found.width},
        "rounds": [_round(outcome) for outcome in found.rounds],
        "repeat": _round(found.repeat),
    }


def _round(outcome) -> dict:
    made = outcome.round
    return {
        "budgets": made.budgets,
        "sizes": made.sizes or None,
        "factor": None if math.isnan(made.factor) else made.factor,
        "spend": made.spend,
        "ratio": outcome.ratio,
        "error": outcome.error,
        "range": (outcome.low, outcome.high),
        "failed": outcome.failed,
        "runs": [{"N": N, "D": D, "C": 6 * N * D} for N, D in zip(made.N, made.D)],
    }


def _text(found, lang: str) -> list[str]:
    from isoflop._show import short
    from isoflop.cli._design_words import WORDS
    from isoflop.design import BUDGETS, FACTORS, SIZES

    words, (low, high) = WORDS[lang], found.interval
    ends = {"N": short(found.N), "low": short(low), "high": short(high)}
    now = words["now"].format(target=found.target, level=found.level, fold=high / low, **ends)
    labelled = [(str(i), outcome) for i, outcome in enumerate(found.rounds, start=1)]
    labelled.append((words["repeat"], found.repeat))
    rows = [words["head"], *(_row(*pair, found.width, words) for pair in labelled)]
    lines = [now, words["spend"].format(spend=found.spend, worlds=found.worlds), ""]
    lines += [*_table.lines(rows), "", words["best"]]
    best = found.rounds[0].round
    for C, sizes in zip(best.budgets, best.N.reshape(len(best.budgets), -1)):
        lines.append("  " + words["runs"].format(C=C, sizes=", ".join(map(short, sizes))))
    tried = words["tried"].format(sizes=SIZES[-1], factor=FACTORS[-1], budgets=BUDGETS[-1])
    lines += ["", words["width"], words["left"], tried]
    if found.repeat.ratio <= found.rounds[0].ratio:
        lines.append(words["naive"])
    failed = [pair for pair in labelled if pair[1].failed]
    return lines + [words["failed"].format(label=k, failed=o.failed) for k, o in failed]


def _row(label: str, outcome, width: float, words: dict) -> tuple[str, ...]:
    made = outcome.round
    budgets = ", ".join(f"{C:.2g}" for C in made.budgets) or words["same"]
    sizes = words["sizes"].format(n=made.sizes, factor=made.factor) if made.budgets else ""
    ratio = f"×{outcome.ratio:.2f} ± {outcome.error:.2f}"
    span, fold = f"{outcome.low:.2f}–{outcome.high:.2f}", math.exp(width * outcome.ratio)
    return label, str(len(made.N)), budgets, sizes, ratio, span, f"{fold:.3g}"


class _Teller:
    """Says on standard error how far the simulation is, every two seconds."""

    def __init__(self, lang: str):
        self.lang, self.last = lang, time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        from isoflop.cli._design_words import WORDS

        if time.monotonic() - self.last >= 2:
            self.last = time.monotonic()
            typer.echo(WORDS[self.lang]["progress"].format(done=done, total=total), err=True)
