"""The chapters as a book: enough prose in each language, exercises of each kind, shared code."""

import json
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from run_chapters import CHAPTERS

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z][A-Za-z'-]+")
NOT_PROSE = re.compile(
    r"```.*?```|\$\$.*?\$\$|\$[^$]*\$|\{[a-z]+(?::[a-z]+)?\}`[^`]*`|`[^`]*`|https?:\S+", re.S
)


def cells_of(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def prose(path: Path, language: str) -> str:
    """The language's own cells, without maths, code, roles and addresses."""
    cells = [c for c in cells_of(path) if language in c["metadata"].get("tags", ())]
    return NOT_PROSE.sub(" ", "\n".join("".join(c["source"]) for c in cells))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_enough_prose(path):
    chinese = len(CHINESE.findall(prose(path, "zh")))
    english = len(ENGLISH.findall(prose(path, "en")))
    assert chinese >= 800 and english >= 500, f"{chinese} characters, {english} words"


def exercises_in(path: Path) -> list[str]:
    text = "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "markdown")
    return re.findall(r"\{exercise-start\}.*?:label: (ex-\d\d-\d)", text, re.S)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_each_exercise_has_its_solution(path):
    source = "\n".join("".join(c["source"]) for c in cells_of(path))
    found = exercises_in(path)
    assert len(found) >= 3 and len(set(found)) == len(found)
    for label in found:
        assert source.count(f"{{solution-start}} {label}") == 1, f"{label} has no solution"


def test_enough_exercises_and_checks():
    assert sum(len(exercises_in(path)) for path in CHAPTERS) >= 40
    for path in CHAPTERS:
        code = "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "code")
        called = set(re.findall(r'exercises\.check\(\s*"(\d\d\.\d)"', code))
        known = set(import_module(f"isoflop.exercises.ch{path.stem[:2]}").CHECKS)
        assert called == known, f"{path.stem}: checks {known ^ called} are not both there and used"


def test_no_six_lines_stand_twice():
    """Code used in two places lives in the package."""
    seen = defaultdict(set)
    for path in CHAPTERS:
        for cell in cells_of(path):
            if cell["cell_type"] != "code" or cell["id"].endswith(("setup-colab", "-imports")):
                continue
            lines = [line.strip() for line in "".join(cell["source"]).splitlines() if line.strip()]
            for i in range(len(lines) - 5):
                seen["\n".join(lines[i : i + 6])].add(f"{path.stem}: {cell['id']}")
    twice = {code: sorted(places) for code, places in seen.items() if len(places) > 1}
    assert not twice, twice


def test_no_helper_is_defined_in_two_chapters():
    where = defaultdict(set)
    for path in CHAPTERS:
        for cell in cells_of(path):
            for name in re.findall(r"^def (\w+)", "".join(cell["source"]), re.M):
                where[name].add(path.stem)
    shared = {name: sorted(chapters) for name, chapters in where.items() if len(chapters) > 1}
    assert not shared, shared


VERDICTS = {"holds": ("成立", "holds"), "care": ("有条件成立", "holds with care")}
VERDICTS["fails"] = ("不成立", "fails")
LEDGER = yaml.safe_load((CHAPTERS[0].parents[1] / "book" / "claims.yml").read_text("utf-8"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_and_ledger_give_one_verdict(path):
    """A chapter may add words to a verdict, or settle a part of a claim and say so."""
    verdicts = {row["id"]: row["verdict"] for row in LEDGER}
    text = "\n".join("".join(c["source"]) for c in cells_of(path))
    wrong = []
    for claim, said in re.findall(r"^\| (C\d\d) \|.*?(?<!\\)\|\s*(.*?)(?<!\\)\|", text, re.M):
        zh, en = (side.strip() for side in said.split("\\|"))
        expected = VERDICTS[verdicts[claim]]
        if not (zh.startswith(expected[0]) and en.startswith(expected[1])) and "（" not in zh:
            wrong.append(f"{claim}: {zh} | {en}, and the ledger says {expected[0]}")
    assert not wrong, wrong


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_bold_ends_before_its_punctuation(path):
    """CommonMark leaves ``。**`` before a Chinese character as two stars on the page."""
    cells = [c for c in cells_of(path) if c["cell_type"] == "markdown"]
    for line in "\n".join("".join(c["source"]) for c in cells).splitlines():
        parts = line.split("**")  # every second one is bold
        for bold, after in zip(parts[1::2], parts[2::2]):
            stuck = bold.endswith(tuple("。，；：！？”）")) and re.match(r"[\u4e00-\u9fff]", after)
            assert not stuck, line
