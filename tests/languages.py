"""Two languages, one text: every zh block is followed by its en block and says the same things.

``problems(path)`` lists what is wrong in a notebook or a page; run as a script this records in
``languages.lock`` that both languages of every pair have been looked at (``make languages``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "tests" / "languages.lock"

CJK = re.compile(r"[\u3400-\u9fff]")
LANG_BLOCK = re.compile(
    r"^(?P<fence>:{3,})\{lang\} (?P<lang>zh|en)[ \t]*\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.M | re.S
)
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.S)
ROLE = re.compile(r"\{(?P<role>[a-z:-]+)\}`(?P<target>[^`]+)`")
LINK = re.compile(r"\]\((?P<target>[^)]+)\)|<(?P<auto>https?://[^>]+)>")
CODE = re.compile(r"`[^`\n]+`")
NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:[.,]\d+)*")
FENCED = re.compile(r"^(`{3,}|:{3,}).*?^\1[ \t]*$|^\$\$.+?^\$\$[^\n]*$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A piece of text in one language (or shared: lang is None), and what to call it."""

    where: str
    lang: str | None
    text: str


def sources() -> list[Path]:
    """Everything that is read: chapters and pages."""
    patterns = ("notebooks/*.ipynb", "book/*.md", "book/api/*.md")
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def blocks(path: Path) -> Iterator[Block]:
    """The text of a notebook or page in order, split by language."""
    if path.suffix == ".md":
        yield from _split("page", path.read_text(encoding="utf-8"))
        return
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text, where = "".join(cell["source"]), f"cell {cell.get('id')!r}"
        lang = cell_language(cell)
        if cell["cell_type"] == "code":
            yield from _code_captions(cell, where)
        elif lang:
            yield Block(where, lang, text)
        else:
            yield from _split(where, text)


def cell_language(cell: dict) -> str | None:
    tags = cell["metadata"].get("tags", [])
    return next((tag for tag in tags if tag in ("zh", "en")), None)


def _code_captions(cell: dict, where: str) -> Iterator[Block]:
    if cell_language(cell):
        yield Block(where, None, "# a code cell must not carry a language tag 错 | ")
    mystnb = cell["metadata"].get("mystnb", {})
    for text in (mystnb.get("figure", {}).get("caption"), mystnb.get("image", {}).get("alt")):
        if text is not None:
            yield Block(where, None, f"# {text}")


def _split(where: str, text: str) -> Iterator[Block]:
    position = 0
    for number, match in enumerate(LANG_BLOCK.finditer(text)):
        yield Block(where, None, text[position : match.start()])
        yield Block(f"{where}, block {number // 2 + 1}", match["lang"], match["body"])
        position = match.end()
    yield Block(where, None, text[position:])


def pairs(path: Path) -> Iterator[tuple[Block, Block]]:
    """The zh blocks with the en blocks that follow them."""
    tagged = [b for b in blocks(path) if b.lang]
    for zh, en in zip(tagged, tagged[1:]):
        if zh.lang == "zh" and en.lang == "en":
            yield zh, en


def problems(path: Path) -> list[str]:
    """What is wrong with the languages of one file; each line names the cell."""
    found, previous = [], None
    for block in [b for b in blocks(path) if b.lang or b.text.strip()]:
        if previous is not None and previous.lang == "zh" and block.lang != "en":
            found.append(f"{previous.where}: Chinese without English directly after it")
        if block.lang == "en" and (previous is None or previous.lang != "zh"):
            found.append(f"{block.where}: English without Chinese directly before it")
        found += _alone(block)
        previous = block
    if previous is not None and previous.lang == "zh":
        found.append(f"{previous.where}: Chinese without English directly after it")
    for zh, en in pairs(path):
        found += _differences(zh, en)
    return found


def _alone(block: Block) -> list[str]:
    if block.lang is None:
        return _shared(block)
    found = []
    prose = ROLE.sub("", CODE.sub("", block.text))
    if block.lang == "en" and CJK.search(prose):
        found.append(f"{block.where}: Chinese characters in English text")
    if block.lang == "zh" and not CJK.search(prose):
        found.append(f"{block.where}: no Chinese in Chinese text")
    if block.lang == "zh" and (
        match := re.search(r"您|[\u3400-\u9fff][,;!?][\u3400-\u9fff]", prose)
    ):
        found.append(f"{block.where}: {match[0]!r}: use 你, and full-width punctuation")
    if re.search(r"^#+ ", block.text, re.M):
        found.append(f"{block.where}: heading inside one language; headings are shared")
    return found


def _shared(block: Block) -> list[str]:
    """Headings and captions of shared text read `中文 | English`; nothing else there is Chinese."""
    found = []
    for heading in re.findall(r"^#+ (.+)$", block.text, re.M):
        zh, bar, en = heading.partition(" | ")
        if not bar or not CJK.search(zh) or CJK.search(en):
            found.append(f"{block.where}: not `中文 | English`: {heading!r}")
    for title in re.findall(r"^[`:]{3,}\{[a-z-]+\} (.+)$", block.text, re.M):
        if CJK.search(title) and " | " not in title:
            found.append(f"{block.where}: directive title not `中文 | English`: {title!r}")
    rest = FENCED.sub("", re.sub(r"^#+ .+$|^\(.+\)=$", "", block.text, flags=re.M))
    for line in rest.splitlines():
        if CJK.search(line) and " | " not in line and "|" not in line:
            found.append(f"{block.where}: Chinese in a shared cell: {line.strip()!r}")
    return found


def marks(text: str) -> dict[str, Counter]:
    """What both languages must share: maths, roles, links and numbers outside of them."""
    maths = [re.sub(r"\s+", " ", m) for m in MATHS.findall(text)]
    rest = MATHS.sub(" ", text)
    roles = [f"{m['role']} {_target(m['target'])}" for m in ROLE.finditer(rest)]
    rest = ROLE.sub(" ", rest)
    links = [m["target"] or m["auto"] for m in LINK.finditer(rest)]
    rest = CODE.sub(" ", LINK.sub("]", rest))
    rest = re.sub(r"^\s*\d+\. ", "", rest, flags=re.M)
    numbers = [n.replace(",", "") for n in NUMBER.findall(rest)]
    return {
        name: Counter(items)
        for name, items in zip(
            ("maths", "roles", "links", "numbers"), (maths, roles, links, numbers)
        )
    }


def _target(role_text: str) -> str:
    match = re.search(r"<([^>]+)>$", role_text)
    return match[1] if match else role_text


def _differences(zh: Block, en: Block) -> list[str]:
    found = []
    for name, left, right in ((n, marks(zh.text)[n], marks(en.text)[n]) for n in marks("")):
        if left != right:
            only_zh, only_en = list((left - right).elements()), list((right - left).elements())
            found.append(f"{zh.where} / {en.where}: {name} differ: zh {only_zh}, en {only_en}")
    return found


def digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def current() -> dict[str, list[str]]:
    """File and zh block to the digests of both languages."""
    return {
        f"{path.relative_to(ROOT).as_posix()} {zh.where}": [digest(zh.text), digest(en.text)]
        for path in sources()
        for zh, en in pairs(path)
    }


def unlooked() -> list[str]:
    """Pairs of which the lock knows another state, with what to do."""
    lock = json.loads(LOCK.read_text(encoding="utf-8")) if LOCK.is_file() else {}
    found = []
    for where, (zh, en) in current().items():
        old = lock.pop(where, None)
        if old is None:
            found.append(f"{where}: new; check both languages, then `make languages`")
        elif old != [zh, en]:
            changed = {(True, False): "Chinese", (False, True): "English"}.get(
                (old[0] != zh, old[1] != en)
            )
            what = f"only the {changed} changed" if changed else "both languages changed"
            found.append(f"{where}: {what}; bring the other in line, then `make languages`")
    return found + [f"{where}: gone; `make languages`" for where in lock]


if __name__ == "__main__":
    for line in unlooked():
        print(line.partition(";")[0])
    LOCK.write_text(json.dumps(current(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"recorded {len(current())} pairs in {LOCK.relative_to(ROOT)}")
