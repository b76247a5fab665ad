"""``isoflop plan``: a budget in; N, D and loss out, by every law, with what each is worth."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated

import typer

from isoflop.cli import _table
from isoflop.cli._options import Json, answer, flops
from isoflop.cli._say import stop

USAGE, EXTRAPOLATED = 2, 3
_PEAKS = {"v100": "V100_FP16_PEAK", "a100": "A100_BF16_PEAK", "h100": "H100_BF16_PEAK"}
"""Cards whose peak is known, and its name in isoflop.published."""


class Lang(StrEnum):
    """The language of what is printed."""

    zh = "zh"
    en = "en"


Budget = Annotated[
    float | None,
    typer.Argument(metavar="[C]", parser=flops, help="Budget in FLOPs, such as 1e22"),
]
Gpus = Annotated[int | None, typer.Option(help="How many GPUs; instead of C")]
Card = Annotated[
    str | None,
    typer.Option(
        metavar=f"[{'|'.join(_PEAKS)}]", help="Their kind: dense 16-bit peak of its data sheet"
    ),
]
Peak = Annotated[float | None, typer.Option(help="Or their peak in FLOP/s, for another card")]
Days = Annotated[float | None, typer.Option(help="For how many days")]
Utilisation = Annotated[
    float | None, typer.Option(help="Useful share of the peak, above 0 and at most 1")
]
Laws = Annotated[
    list[str] | None, typer.Option("--law", metavar="ID", help="Only this law; may be repeated")
]
Language = Annotated[Lang, typer.Option(help="Language of the table")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 where a law is extrapolated")]


def plan(
    C: Budget = None,
    gpus: Gpus = None,
    gpu: Card = None,
    peak: Peak = None,
    days: Days = None,
    utilisation: Utilisation = None,
    law: Laws = None,
    json_to: Json = None,
    lang: Language = Lang.en,
    strict: Strict = False,
) -> None:
    """How to spend a budget: parameters N, tokens D and loss under every law, with intervals.

    Laws: refit, besiroglu, hoffmann1, hoffmann2, hoffmann3, llama3, marin, kaplan. A law has an
    interval only where one is published or we fitted it; below the table stands what each leaves
    out. C = 6ND.

    \b
    isoflop plan 1e22
    isoflop plan 1e22 --law refit --law hoffmann3 --lang zh
    isoflop plan --gpus 64 --gpu h100 --days 30 --utilisation 0.4
    isoflop plan 1e22 --json | jq '.laws[] | {id, N, D}'

    \b
    JSON keys (a pair is low, high)
    C         FLOPs
    hardware  gpus, peak, days, utilisation; or null
    laws      a list, each with id, name, source, key, kind,
              N, D, tokens_per_parameter, loss (null: none),
              level (null: none), intervals: pairs of N, D,
              tokens_per_parameter and loss as far as there are any,
              covers, leaves_out, counts, fitted (a pair, FLOPs),
              beyond, extrapolated. Texts have zh and en.

    \b
    Exit codes
    0  planned
    1  the answer could not be written
    2  wrong use of the command
    3  with --strict: C lies beyond the runs behind a law shown
    """
    from isoflop import catalogue

    hardware = {"gpus": gpus, "gpu": gpu, "peak": peak, "days": days, "utilisation": utilisation}
    C, spent = _budget(C, hardware)
    try:
        entries = [catalogue.get(id) for id in dict.fromkeys(law or catalogue.ids())]
    except ValueError as problem:
        stop(f"--law: {problem}", USAGE)
    plans = [entry.at(C) for entry in entries]
    rows = [_as_json(entry, found) for entry, found in zip(entries, plans)]
    text = "\n".join(_text(C, spent, entries, plans, lang.value))
    answer({"C": C, "hardware": spent, "laws": rows}, text, json_to)
    if strict and any(found.extrapolated for found in plans):
        raise typer.Exit(EXTRAPOLATED)


def _budget(C: float | None, hardware: dict) -> tuple[float, dict | None]:
    """FLOPs, and the hardware that does them if it was named; leaves where neither makes sense."""
    named = [f"--{name}" for name, value in hardware.items() if value is not None]
    if C is not None:
        if named:
            stop(f"give a budget C or {', '.join(named)}, not both", USAGE)
        if not (math.isfinite(C) and C > 0):
            stop(f"C must be a number of FLOPs above 0, such as 1e22; got {C:g}", USAGE)
        return C, None
    if not named:
        stop("give a budget in FLOPs, such as 1e22, or --gpus, --gpu, --days, --utilisation", USAGE)
    return _hardware(**hardware)


def _hardware(gpus, gpu, peak, days, utilisation) -> tuple[float, dict]:
    from isoflop import planning, published

    if (gpu is None) == (peak is None):
        stop("say which GPUs: --gpu v100, a100 or h100, or --peak in FLOP/s, one of them", USAGE)
    if gpu is not None:
        if gpu.lower() not in _PEAKS:
            stop(f"--gpu {gpu}: none of {', '.join(_PEAKS)}; or give --peak FLOP/s", USAGE)
        peak = getattr(published, _PEAKS[gpu.lower()])
    spent = {"gpus": gpus, "peak": peak, "days": days, "utilisation": utilisation}
    for name, value in spent.items():
        if value is None:
            reported = published.UTILISATION
            more = f", reported {min(reported.values())} to {max(reported.values())}"
            more += "; for example --utilisation 0.4"
            stop(f"--{name} is missing" + (more if name == "utilisation" else ""), USAGE)
        if not (math.isfinite(value) and value > 0):
            stop(f"--{name} must be above 0; got {value:g}", USAGE)
    if utilisation > 1:
        stop(
            f"--utilisation is a share of the peak, at most 1 (0.4, not 40); got {utilisation:g}",
            USAGE,
        )
    return planning.hardware_budget(**spent), spent


def _as_json(entry, found) -> dict:
    return {
        "id": entry.id,
        "name": entry.name._asdict(),
        "source": entry.source,
        "key": entry.key,
        "kind": entry.kind,
        "N": found.N,
        "D": found.D,
        "tokens_per_parameter": found.tokens_per_parameter,
        "loss": found.loss,
        "level": entry.level,
        "intervals": found.intervals,
        "covers": entry.covers._asdict(),
        "leaves_out": entry.leaves_out._asdict(),
        "counts": entry.counts._asdict(),
        "fitted": entry.fitted,
        "beyond": found.beyond,
        "extrapolated": found.extrapolated,
    }


def _text(C, spent, entries, plans, lang: str) -> list[str]:
    from isoflop.cli._plan_words import WORDS

    words = WORDS[lang]
    head = words["budget"].format(C)
    if spent:
        head += " = " + words["hardware"].format(**spent)
    rows = [words["head"], *map(_row, entries, plans)]
    named = _table.lines([(entry.id, entry.name[lang], entry.source) for entry in entries])
    return [head, "", *_table.lines(rows), "", *named, "", *_notes(entries, plans, words, lang)]


def _row(entry, found) -> tuple[str, ...]:
    from isoflop._show import ratio, short

    at = found.intervals.get
    parts = (("N", found.N, short), ("D", found.D, short))
    parts += (("tokens_per_parameter", found.tokens_per_parameter, ratio),)
    cells = [_table.interval(value, at(name), show) for name, value, show in parts]
    loss = "–" if found.loss is None else _table.interval(found.loss, at("loss"), "{:.3f}".format)
    return entry.id + (" *" if found.extrapolated else ""), *cells, loss


def _notes(entries, plans, words: dict, lang: str) -> list[str]:
    """What intervals are and leave out, said once for laws that share it; then warnings."""
    said = {}
    for part in ("covers", "leaves_out"):
        for entry in entries:
            said.setdefault(words["of"] + getattr(entry, part)[lang], []).append(entry.id)
    for entry, found in zip(entries, plans):
        if entry.band and not found.intervals:
            said.setdefault(words["grid"], []).append(entry.id)
        if found.extrapolated:
            text = words["fitted"].format(beyond=found.beyond, ids="{ids}")
            said.setdefault("* " + text, []).append(entry.id)
    notes = [text.format(ids=words["and"].join(ids)) for text, ids in said.items()]
    if any(entry.kind == "frontier" for entry in entries):
        notes.append(words["without"])
    return [*notes, words["loss"]]
