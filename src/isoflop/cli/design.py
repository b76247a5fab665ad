"""``isoflop design``: the next runs that narrow the interval of N*(C) most, and by how much."""

from __future__ import annotations

import math
import time
import warnings
from typing import Annotated

import typer

from isoflop.cli import _options, _table
from isoflop.cli._options import Columns, Json, Level, Only, Table, Units
from isoflop.cli._say import stop
from isoflop.cli.plan import Lang, Language

NOTHING = 4

Target = Annotated[
    float,
    typer.Option(metavar="C", parser=_options.flops, help="Compute at which N* is wanted, FLOPs"),
]
Spend = Annotated[
    float,
    typer.Option(metavar="C", parser=_options.flops, help="What the next round may cost, FLOPs"),
]
Budgets = Annotated[int | None, typer.Option(min=1, max=20, help="So many budgets [tried: 1-5]")]
Sizes = Annotated[int | None, typer.Option(min=3, max=99, help="So many sizes at each [3-19]")]
Worlds = Annotated[int, typer.Option(min=2, max=1000, help="Simulated worlds for each round")]
Seed = Annotated[int, typer.Option(min=0, help="Of the simulation")]


def design(
    table: Table,
    target: Target,
    spend: Spend,
    columns: Columns = None,
    units: Units = None,
    only: Only = None,
    budgets: Budgets = None,
    sizes: Sizes = None,
    worlds: Worlds = 16,
    level: Level = 0.95,
    seed: Seed = 0,
    json_to: Json = None,
    lang: Language = Lang.en,
) -> None:
    """Propose the next runs: those that narrow the interval of N*(target) most for their FLOPs.

    Fits the surface to the runs there are, then makes each promising round many times in
    simulation, under laws drawn from the bootstrap and noise like the residuals, and refits.
    Beside it stands what repeating the present runs for the same FLOPs would do. The table is read
    as isoflop fit reads it.

    \b
    isoflop design runs.csv --target 1e21 --spend 1e20
    isoflop design runs.csv --target 1e21 --spend 1e20 --budgets 3 --sizes 7 --lang zh
    isoflop design all.csv --only corpus=c4 --units N=millions --target 1e21 --spend 1e20
    isoflop design runs.csv --target 1e21 --spend 1e20 --json > next.json

    \b
    JSON keys (a pair is low, high)
    target, spend, level, worlds, seed
    now     N, interval (a pair), width (of log N)
    rounds  a list, the best first; each with budgets, sizes, factor,
            spend, ratio (of widths, after over now), error, range (a
            pair), failed, runs: a list of N, D, C
    repeat  the same keys, for the present runs again
    done, left_out, warnings
            lists: what was noticed in reading the table and in its fit

    \b
    Exit codes
    0  proposed
    1  the table could not be read, or the answer not written
    2  wrong use of the command
    4  the runs allow no fit, or the spend no round
    """
    from isoflop import design as library

    _options.require_flops("--target", target)
    _options.require_flops("--spend", spend)
    _options.require_level(level)
    reading = _options.read(table, **_options.asked(columns, units, only))
    options = {"budgets": budgets, "sizes": sizes, "worlds": worlds, "level": level, "seed": seed}
    options["progress"] = _Teller(lang.value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said on top, in the language asked for
            found = library.propose(reading.runs, target, spend, **options)
    except (ValueError, RuntimeError) as problem:
        stop(str(problem), NOTHING)
    notes = _notes(reading, found)
    said = {key: [note.en for note in part] for key, part in notes.items()}
    text = "\n".join([*_noticed(notes, lang.value), *_text(found, lang.value)])
    _options.answer(_as_json(found, seed) | said, text, json_to)


def _notes(reading, found) -> dict:
    """What was noticed in the table and in its fit, as ``isoflop fit`` groups it."""
    from isoflop._said import Note
    from isoflop._zh import chinese

    of_fit = [Note(text, chinese(text)) for text in found.warnings]
    return {
        "done": reading.done,
        "left_out": reading.left_out,
        "warnings": (*reading.warnings, *of_fit),
    }


def _noticed(notes: dict, lang: str) -> list[str]:
    from isoflop._said import shown
    from isoflop.cli._design_words import WORDS

    words = WORDS[lang]
    lines = [
        words[key].format(shown(getattr(n, lang))) for key, part in notes.items() for n in part
    ]
    return [*lines, ""] if lines else []


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
    from isoflop.design import BUDGETS, FACTORS, FAR_BELOW, SIZES

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
    if found.below >= FAR_BELOW:
        lines += ["", words["below"].format(_down(found.below))]
    tried = words["tried"].format(sizes=SIZES[-1], factor=FACTORS[-1], budgets=BUDGETS[-1])
    lines += ["", words["width"], words["left"], tried]
    if found.repeat.ratio <= found.rounds[0].ratio:
        lines.append(words["naive"])
    failed = [pair for pair in labelled if pair[1].failed]
    return lines + [words["failed"].format(label=k, failed=o.failed) for k, o in failed]


def _down(factor: float) -> str:
    """To two digits, rounded down: ``at least`` stays true."""
    step = 10.0 ** (math.floor(math.log10(factor)) - 1)
    return f"{math.floor(factor / step) * step:g}"


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
