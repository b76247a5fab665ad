"""The ledger of claims: each claim's number computed again, and the verdict that follows from it.

The ledger itself is ``book/claims.yml``. An entry says what the note claims, within which bounds
the deciding number lets the claim hold, and what the computation is expected to give; ``judge``
computes the number and derives the verdict from it, so that a verdict is never copied.
"""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from pathlib import Path

from isoflop._claim_numbers import FUNCTIONS
from isoflop._number import Number

VERDICTS = {
    "holds": "成立 | holds",
    "care": "有条件成立 | holds with care",
    "fails": "不成立 | fails",
}
TOLERANCE = 1e-3
"""Relative difference between a number and the ledger's, where an entry states none."""


@dataclass(frozen=True)
class Row:
    """A claim as judged: its verdict by rule, its numbers (the first decides), what was stated."""

    id: str
    verdict: str
    numbers: dict[str, Number]
    expected: dict[str, float]
    entry: dict

    @property
    def number(self) -> Number:
        """The one that decides."""
        return next(iter(self.numbers.values()))

    @property
    def off(self) -> list[str]:
        """Names of the numbers that are not what the ledger expects."""
        tolerance = self.entry.get("tolerance", TOLERANCE)
        names = self.numbers.keys() | self.expected.keys()
        pairs = {n: (self.numbers.get(n, math.nan), self.expected.get(n, math.nan)) for n in names}
        return sorted(n for n, p in pairs.items() if not math.isclose(*p, rel_tol=tolerance))

    @property
    def agrees(self) -> bool:
        """Whether the number and the verdict are the ledger's."""
        return not self.off and self.verdict == self.entry["verdict"]

    def text(self, part: str, language: str) -> str:
        """A part of the entry, ``decides`` or ``careful``, with the numbers filled in."""
        return self.entry[part][language].format(**self.numbers)


def load(path: str | Path) -> list[dict]:
    """The entries of a ledger."""
    import yaml

    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def find(start: str | Path = ".") -> Path:
    """``book/claims.yml`` here or in the nearest folder above; FileNotFoundError if none has it."""
    start = Path(start).resolve()
    for folder in (start, *start.parents):
        if (path := folder / "book" / "claims.yml").is_file():
            return path
    raise FileNotFoundError(f"no book/claims.yml in {start} or above; it is in the repository")


def verdict(number: float, rule: dict) -> str:
    """``holds`` or ``care`` where the number lies within the rule's bounds for it, else ``fails``.

    ``rule`` gives (low, high) for either or both; ``holds`` is asked first.

    >>> from isoflop import claims
    >>> claims.verdict(1.4, {"holds": (1, 2)})
    'holds'
    """
    for name in ("holds", "care"):
        low, high = rule.get(name, (math.inf, -math.inf))
        if low <= number <= high:
            return name
    return "fails"


def judge(entry: dict) -> Row:
    """Compute a claim's numbers and derive its verdict from the first of them."""
    found = FUNCTIONS[entry["id"]]()
    numbers = {n: v if isinstance(v, Number) else Number(v) for n, v in found.items()}
    decided = verdict(next(iter(numbers.values())), entry["rule"])
    return Row(entry["id"], decided, numbers, entry["value"], entry)


def margin(row: Row) -> float:
    """Factor by which the deciding number would have to change for the verdict to change.

    Infinite where no change of any size would, or where the claim is about an exact date or count.
    """
    rule, x = row.entry["rule"], float(row.number)
    bounds = {b for pair in rule.values() for b in pair if 0 < b < math.inf}
    sides = {b: (verdict(b * (1 - 1e-9), rule), verdict(b * (1 + 1e-9), rule)) for b in bounds}
    factors = [max(x / b, b / x) for b, (below, above) in sides.items() if below != above]
    return min(factors, default=math.inf)


def _source(citation: dict, language: str) -> str:
    """``Hoffmann et al. 2022, table 2``, or the same in Chinese."""
    name, year = re.fullmatch(r"([a-z]+)(\d{4})", citation["key"]).groups()
    who, comma = ("等人", "，") if language == "zh" else (" et al. ", ", ")
    return f"{name.capitalize()}{who}{year}{comma}{citation['place'][language]}"


def _bounds(rule: dict) -> tuple[str, str]:
    names = {"holds": ("成立", "holds"), "care": ("有条件", "with care")}
    parts = {language: [] for language in ("zh", "en")}
    for name, ends in rule.items():
        ends = ", ".join(_plain(end) for end in ends)
        for language, word in zip(parts, names[name]):
            parts[language].append(f"{word} [{ends}]")
    return "；".join(parts["zh"]), "; ".join(parts["en"])


def _plain(x: float) -> str:
    if math.isinf(x):
        return "−∞" if x < 0 else "∞"
    return f"{x:.0f}" if float(x).is_integer() else f"{x:.3g}"


def _text(words: str) -> str:
    """Escaped, with 10^0.73 and C_min as print shows them."""
    raised = re.sub(r"\^(−?\d+(?:\.\d+)?)", r"<sup>\1</sup>", html.escape(words))
    # ASCII: a Chinese character is a letter too, and ends the symbol all the same.
    return re.sub(r"\b([A-Z])_([a-z]+)\b", r"\1<sub>\2</sub>", raised, flags=re.ASCII)


def _row_html(row: Row) -> str:
    entry = row.entry
    zh, en = _bounds(entry["rule"])
    x = _plain(float(row.number))
    rule = (
        f"x：{entry['measure']['zh']}；x＝{x}，{zh}",
        f"x: {entry['measure']['en']}; x = {x}, {en}",
    )
    number = int(entry["chapter"][:2])
    link = f"{entry['chapter']}.ipynb#{entry['cell']}"
    where = f'<a href="{link}">第 {number} 章 | Chapter {number}</a>'
    if "citation" in entry:
        source = " | ".join(html.escape(_source(entry["citation"], k)) for k in ("zh", "en"))
        where += f'<div class="claim-note">{source}</div>'
    claim, decides = (
        " | ".join(_text(text) for text in pair)
        for pair in (entry["claim"].values(), [row.text("decides", k) for k in ("zh", "en")])
    )
    rule = " | ".join(_text(text) for text in rule)
    return (
        f'<tr id="{row.id.lower()}" data-verdict="{row.verdict}"><th scope="row">{row.id}</th>'
        f'<td>{claim}</td><td><span class="verdict">{VERDICTS[row.verdict]}</span></td>'
        f'<td><div>{decides}</div><div class="claim-note">{rule}</div></td><td>{where}</td></tr>'
    )


def table(rows: list[Row]):
    """The ledger as a table for a page; ``book/_static/claims.js`` lets it be filtered."""
    from IPython.display import HTML

    heads = (
        "编号 | id",
        "说法 | claim",
        "判定 | verdict",
        "依据 | what decides it",
        "出处 | where",
    )
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = "\n".join(map(_row_html, rows))
    return HTML(
        f'<table class="table claims"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>'
    )


def careful(rows: list[Row]):
    """For each claim that fails, the paragraph a careful note would have instead."""
    from IPython.display import HTML

    parts = []
    for row in rows:
        for language, code in (("zh", "zh-CN"), ("en", "en")):
            claim = html.escape(f"{row.id} · {row.entry['claim'][language]}")
            text = html.escape(row.text("careful", language))
            parts.append(
                f'<div class="lang-{language}" lang="{code}"><p><strong>{claim}</strong></p>'
                f"<p>{text}</p></div>"
            )
    return HTML(f'<div class="claims-careful">{"".join(parts)}</div>')
