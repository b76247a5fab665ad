"""Pieces of the report's page: text, tables, notes, lists, pictures; everything is escaped."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from html import escape as _escape

from isoflop._report_words import CAPTIONS, SCROLLS, WORDS
from isoflop._said import Note, shown


def escape(text: object) -> str:
    return _escape(shown(text))


class Said:
    """Words in one language."""

    def __init__(self, lang: str):
        self.place = 0 if lang == "zh" else 1

    def __call__(self, key: str) -> str:
        return WORDS[key][self.place]

    def note(self, note: Note) -> str:
        return note.zh if self.place == 0 else note.en

    def unit(self, text: str) -> str:
        """A column's unit: a word of the report's, or as the table has it."""
        return self(text) if text in WORDS else text


def table(rows: Sequence[tuple], title: str, t: Said) -> str:
    head, *body = [[escape(cell) for cell in row] for row in rows]
    inner = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in body)
    return (
        f"{_scrolls(rows, t)}"
        f'<div class="wide"><table><caption>{escape(title)}</caption><thead><tr><th scope="col">'
        + '</th><th scope="col">'.join(head)
        + f"</th></tr></thead><tbody>{inner}</tbody></table></div>"
    )


def _scrolls(rows: Sequence[tuple], t: Said) -> str:
    """A line that the style sheet shows where the window is too narrow for the table."""
    widths = [max(map(_width, column)) for column in zip(*rows)]
    need = sum(0.5 * min(w, SENTENCE) + 0.8 for w in widths) + 2
    step = next((rem for rem in SCROLLS if rem >= need), None)
    return f'<p class="scrolls under{step}">{escape(t("scrolls"))}</p>' if step else ""


SENTENCE = 36
"""A cell of more characters is a sentence."""


def _width(text: object) -> int:
    """How many letters wide; a Chinese character is as wide as two."""
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in str(text))


def _cell(text: str) -> str:
    """Sentences may break, numbers and their intervals may not."""
    return f'<td class="text">{text}</td>' if len(text) > SENTENCE else f"<td>{text}</td>"


def notes(found: Sequence[Note], t: Said, key: str, name: str = "") -> str:
    items = [(t("forbids") if n.forbids else "", t.note(n)) for n in found]
    return listed(items, " · ".join(w for w in (name, t(key)) if w), key)


def listed(items: Sequence[tuple[str, str]], title: str, kind: str) -> str:
    """A titled list of (bold beginning, rest); nothing where it is empty."""
    if not items:
        return ""
    inner = "".join(
        f"<li>{'<b>' + escape(start) + '</b> ' if start else ''}{escape(rest)}</li>"
        for start, rest in items
    )
    head = f"<p>{escape(title)}</p>" if title else ""
    return f'<div class="{kind}">{head}<ul>{inner}</ul></div>'


def picture(key: str, svg: str, t: Said) -> str:
    data = base64.b64encode(svg.encode()).decode()
    caption = escape(CAPTIONS[key][t.place])
    return (
        f'<figure><img alt="{caption}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
