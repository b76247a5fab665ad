"""The exercises of the chapters, and `{exercise-key}`: the instructor's table of all of them.

Number, title, check and link are read from the notebooks; what an exercise tests and the gist of
its answer stand in `book/exercises.yml`, by label.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from pairs import SEPARATOR
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
START = re.compile(r"\{exercise-start\} *(.*)\n(?::.*\n)*?:label: (\S+)")
SOLUTION = re.compile(r"\{solution-start\} *(\S+)")
CHECK = re.compile(r'exercises\.check\(\s*"(\d\d\.\d+)"')
DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{exercise-key\}[ \t]*\n\1[ \t]*$", re.M)
KINDS = {
    "recall": ("回忆", "recall"),
    "derive": ("推导", "derive"),
    "code": ("写代码", "code"),
    "critique": ("批评", "critique"),
}
HEAD = ("练习 | Exercise", "类型 | Kind", "考什么 | What it tests", "答案要点 | Gist of the answer")
UNKNOWN = {"zh": "见解答", "en": "see the solution"}


@dataclass
class Exercise:
    """An exercise as its chapter states it; `check`: the key its solution is checked under."""

    label: str
    title: str
    check: str = ""

    @property
    def number(self):
        """`7.1` for the label `ex-07-1`."""
        return ".".join(str(int(part)) for part in re.findall(r"\d+", self.label))

    @property
    def titles(self):
        names = SEPARATOR.split(self.title, maxsplit=1)
        return names[0], names[-1]


def exercises(cells):
    """The exercises of a chapter's cells (type and source), by label and in order."""
    found, solving = {}, None
    for kind, source in cells:
        if match := START.search(source):
            found[match[2]] = Exercise(match[2], match[1].strip())
        elif match := SOLUTION.search(source):
            solving = match[1]
        elif solving in found and kind == "code" and (match := CHECK.search(source)):
            found[solving].check = match[1]
        if "{solution-end}" in source:
            solving = None
    return found


def chapters(root=ROOT):
    return sorted((root / "notebooks").glob("*.ipynb"))


def cells_of(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def notes(root=ROOT):
    """What `book/exercises.yml` says of each exercise."""
    entries = yaml.safe_load((root / "book" / "exercises.yml").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in entries}


def table(root=ROOT):
    """The key as the Markdown of a list table."""
    rows, known = [HEAD], notes(root)
    for path in chapters(root):
        rows += [
            _row(each, known.get(each.label, {})) for each in exercises(cells_of(path)).values()
        ]
    lines = ["```{list-table}", ":header-rows: 1", ":class: exercise-key stacked", ""]
    for row in rows:
        lines += [f"{'  ' if at else '* '}- {cell}" for at, cell in enumerate(row)]
    return "\n".join([*lines, "```"])


def _row(each, note):
    names = (f"{{ref}}`{each.number} {title} <{each.label}>`" for title in each.titles)
    kind = KINDS.get(note.get("kind"), ("", ""))
    if each.check:
        kind = (f"{kind[0]}，有检查", f"{kind[1]}, with a check")
    says = (note.get(part, UNKNOWN) for part in ("tests", "gist"))
    pairs = [names, kind, *((each["zh"], each["en"]) for each in says)]
    return [" | ".join(dict.fromkeys(pair)) for pair in pairs]  # once where both are the same


def expand(text, root=ROOT):
    """A page's source with the key in the directive's place."""
    return DIRECTIVE.sub(lambda _: table(root), text)


class ExerciseKey(SphinxDirective):
    """``{exercise-key}``: no arguments, no content."""

    def run(self):
        for path in [*chapters(), ROOT / "book" / "exercises.yml"]:
            self.env.note_dependency(str(path))
        holder = nodes.container()
        lines = StringList(table().split("\n"), source=self.env.docname)
        self.state.nested_parse(lines, self.content_offset, holder)
        return holder.children


def setup(app):
    app.add_directive("exercise-key", ExerciseKey)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
