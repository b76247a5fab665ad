"""The course: `python book/_ext/course.py` makes the chapters' editions for a class.

In `_build/course`: student editions in Chinese, in English and in both, with room for answers in
the solutions' place, and the instructor's, in both languages and with solutions. Cells keep their
ids, outputs are left out, and a copy that someone has changed is kept (see `kept_copies`).
"""

import re
import sys
from dataclasses import dataclass

import nbformat
from exercise_key import SOLUTION, exercises, expand
from kept_copies import Folder, write
from lab_markdown import convert, one_side, side
from labcopies import ROOT, chapters, copy_of, runs, survey

README = ROOT / "book" / "_ext" / "course_readme.md"
PLACE = "你的回答写在这里： | Your answer goes here:"
CODE_PLACE = "你的答案写在这里，再去掉下一行的井号 | Your answer here; then uncomment the next line"


@dataclass(frozen=True)
class Edition:
    """One folder: its language (None: both), and whether it has the solutions."""

    folder: str
    language: str | None = None
    solutions: bool = False


EDITIONS = (
    Edition("zh", "zh"),
    Edition("en", "en"),
    Edition("both"),
    Edition("instructor", solutions=True),
)


def without_solutions(notebook, language=None):
    """The chapter with a cell to answer in where each solution stood."""
    found = exercises((cell.cell_type, cell.source) for cell in notebook.cells)
    cells, solving = [], False
    for cell in notebook.cells:
        if match := SOLUTION.search(cell.source):
            solving = True
            cells.append(_answer_cell(found[match[1]], language))
        if not solving:
            cells.append(cell)
        solving = solving and "{solution-end}" not in cell.source
    return nbformat.from_dict({**notebook, "cells": cells})


def _answer_cell(exercise, language):
    name = f"answer-{exercise.label}"
    if not exercise.check:
        return nbformat.v4.new_markdown_cell(side(PLACE, language), id=name)
    place = side(CODE_PLACE, language)
    return nbformat.v4.new_code_cell(
        f'# {place}\n# exercises.check("{exercise.check}", ...)', id=name
    )


def edition_of(notebook, book, values, edition):
    """A chapter's notebook in one edition."""
    if not edition.solutions:
        notebook = without_solutions(notebook, edition.language)
    return copy_of(notebook, book, values, edition.language)


def readme(book, edition):
    """How to run the folder, in its language; its last part is for students or the instructor."""
    common, students, instructor = README.read_text(encoding="utf-8").split("\n---\n")
    return _page(common + (instructor if edition.solutions else students), book, edition.language)


def _page(text, book, language=None):
    text = re.sub(r"^\(.+\)=\n", "", expand(text), flags=re.M)
    return convert(one_side(text, language) if language else text, book, {}, language) + "\n"


def _beside(folder, book, edition, root):
    """The other files of an edition; a word on each."""
    yield folder.place("README", readme(book, edition).encode(), ".md")
    if edition.solutions:
        guide = (root / "book" / "teaching.md").read_text(encoding="utf-8")
        yield folder.place("TEACHING", _page(guide, book).encode(), ".md")
    (folder.path / "book").mkdir(exist_ok=True)  # where chapter 13 looks, wherever the folder lies
    write(folder.path / "book" / "claims.yml", (root / "book" / "claims.yml").read_bytes())


def make(root=ROOT, target=None):
    """Make every edition of every chapter; 1 where a chapter failed."""
    target = target or root / "_build" / "course"
    folders = [(edition, Folder(target / edition.folder)) for edition in EDITIONS]
    book, failed = survey(chapters(root), root), 0
    for path, notebook, values in runs(root):
        if values is None:
            failed += 1
            continue
        for edition, folder in folders:
            copy = edition_of(notebook, book, values, edition)
            _tell(edition, folder.place(path.stem, nbformat.writes(copy).encode()))
    for edition, folder in folders:
        for word in _beside(folder, book, edition, root):
            _tell(edition, word)
        print(f"{len(chapters(root)) - failed} chapters in {folder.path}")
    return int(failed > 0)


def _tell(edition, word):
    """Say what is worth saying: not each file that was simply written."""
    if not word.endswith(": written"):
        print(f"{edition.folder}/{word}")


if __name__ == "__main__":
    sys.exit(make())
