"""What belongs on one line, and the hair of space that Chinese wants around a formula.

- ``第 7 章``, ``图 7.1``, ``chapter 7`` do not break between word and number;
- a bracket that opens stays with the formula after it (`page_html` keeps what closes);
- browsers put a thin space between Chinese and Latin letters (``text-autospace``) but none beside
  a formula, which is a box to them: the style sheet gives it to the sides that are marked here.
"""

import re

from bs4 import NavigableString
from pairs import classes

NUMBERED = re.compile(r"^[^\W\d]{1,8}[ \u00a0]\d+(\.\d+)?( [^\W\d])?$")  # a whole link's text
CHAPTERS = re.compile(r"第 \d[\d、至到]{0,9} 章")
OPENING = re.compile(r"[(\[（“‘《]+$")
HAN = re.compile(r"[\u3400-\u9fff]")
NEVER = ("a", "pre", "code", "script", "style", "title")


def keep_numbers(soup):
    """A reference to a chapter or a figure stays whole."""
    for link in soup.select("article a.reference.internal"):
        if NUMBERED.match(_own_text(link)):
            link["class"] = [*link.get("class", []), "keep"]
    for text in soup.select_one("article").find_all(string=CHAPTERS) if soup.article else ():
        if type(text) is NavigableString and not text.find_parent(NEVER):
            text.replace_with(*_kept(soup, str(text)))


def _own_text(link):
    """A link's text; of one that has both languages, the Chinese."""
    return (link.select_one(".lang-zh") or link).get_text().strip()


def _kept(soup, text):
    position = 0
    for match in CHAPTERS.finditer(text):
        if match.start() > position:
            yield NavigableString(text[position : match.start()])
        span = soup.new_tag("span", attrs={"class": "keep"})
        span.string = match[0]
        yield span
        position = match.end()
    if position < len(text):
        yield NavigableString(text[position:])


def keep_brackets(soup):
    for maths in soup.select("article span.math"):
        kept = maths.parent if "keep" in classes(maths.parent) else None
        before = (kept or maths).previous_sibling
        if type(before) is not NavigableString or not (mark := OPENING.search(before)):
            continue
        (kept or maths.wrap(soup.new_tag("span", attrs={"class": "keep"}))).insert(0, mark[0])
        before.replace_with(before[: mark.start()])


def space_maths(soup):
    """Marks the sides of an inline formula that touch a Chinese character."""
    for maths in soup.select("article span.math"):
        outer = maths.parent if "keep" in classes(maths.parent) else maths
        before = maths.previous_sibling or (outer is not maths and outer.previous_sibling)
        if HAN.match(_edge(before or None, -1)):
            maths["class"] = [*maths["class"], "after-han"]
        if HAN.match(_edge(maths.next_sibling, 0)):
            maths["class"] = [*maths["class"], "before-han"]


def _edge(node, at):
    """The last or the first character of a neighbour, or nothing."""
    text = node.get_text() if hasattr(node, "get_text") else str(node or "")
    return text[at] if text else ""


def tighten(soup):
    keep_numbers(soup)
    keep_brackets(soup)
    space_maths(soup)
