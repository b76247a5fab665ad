"""The editions of the course: no solutions for students, one language where one is asked for."""

import ast
import builtins
import json
import re
from functools import cache

import course
import exercise_key
import labcopies
import nbformat
import pytest
from run_chapters import ROOT, run

from isoflop import exercises

CHAPTERS = labcopies.chapters()
IDS = [path.stem for path in CHAPTERS]
CJK = re.compile(r"[\u3400-\u9fff]")
STUDENTS = [edition for edition in course.EDITIONS if not edition.solutions]
BOOK = labcopies.survey(CHAPTERS)
MYST = re.compile(r"\{glue|^\s*(?:`{3,}|:{3,})\{|\{[a-z:-]+\}`|^\([^)\s]+\)=$|^:{3,}$", re.M)


@cache
def chapter(path):
    notebook = nbformat.read(path, 4)
    return notebook, dict.fromkeys(labcopies.names_used(notebook), "1")


@cache
def edition(path, which):
    notebook, values = chapter(path)
    return course.edition_of(notebook, BOOK, values, which)


def texts(notebook, kind="markdown"):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def solution_cells(notebook):
    solving, found = False, []
    for cell in notebook.cells:
        solving = solving or "{solution-start}" in cell.source
        if solving and "{solution-" not in cell.source:
            found.append(cell)
        solving = solving and "{solution-end}" not in cell.source
    return found


every = pytest.mark.parametrize("path", CHAPTERS, ids=IDS)
student = pytest.mark.parametrize("which", STUDENTS, ids=lambda e: e.folder)


@every
@student
def test_no_solution_is_left(path, which):
    notebook, values = chapter(path)
    copy = edition(path, which)
    solved = solution_cells(notebook)
    assert solved
    everything = "\n".join(cell.source for cell in copy.cells)
    for cell in solved:
        text = cell.source
        if cell.cell_type == "markdown":
            language = next((t for t in cell.metadata.get("tags", []) if t in ("zh", "en")), None)
            text = labcopies.convert(text, BOOK, values, language)
        assert text not in everything, cell.id
    assert not {cell.id for cell in solved} & {cell.id for cell in copy.cells}
    assert not re.search(r"^\*\*(解答|Solution to)", everything, re.M)


@every
@student
def test_all_else_is_there(path, which):
    """Every other code cell, unchanged and with its id; every exercise, with room to answer."""
    notebook, _ = chapter(path)
    copy = {cell.id: cell for cell in edition(path, which).cells}
    solved = {cell.id for cell in solution_cells(notebook)}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id not in solved:
            assert copy[cell.id].source == cell.source
            assert copy[cell.id].outputs == [] and copy[cell.id].execution_count is None
    for each in exercise_key.exercises((c.cell_type, c.source) for c in notebook.cells).values():
        place = copy[f"answer-{each.label}"]
        titles = {"zh": each.titles[:1], "en": each.titles[1:]}.get(which.language, each.titles)
        heads = [c.source for c in copy.values() if re.match(r"\*\*(练习|Exercise)", c.source)]
        assert any(all(title in head for title in titles) for head in heads), each.label
        if each.check:
            assert f'exercises.check("{each.check}"' in place.source
            assert not exercises.check(each.check, ...)


@every
@student
def test_code_needs_nothing_from_a_solution(path, which):
    """No name that only a solution's cell defines."""
    known = set(dir(builtins)) | {"get_ipython"}
    for source in texts(edition(path, which), "code"):
        tree = ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M))
        nodes = list(ast.walk(tree))
        known |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        known |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        known |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        imports = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
        known |= {(a.asname or a.name).split(".")[0] for n in imports for a in n.names}
        used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert used <= known


@every
@pytest.mark.parametrize("which", course.EDITIONS, ids=lambda e: e.folder)
def test_plain_and_valid(path, which):
    copy = edition(path, which)
    nbformat.validate(copy)
    for text in texts(copy):
        assert not MYST.search(text), text


@every
def test_one_language(path):
    """The English edition has no Chinese, the Chinese one no cell in English."""
    notebook, _ = chapter(path)
    tagged = {
        language: {c.id for c in notebook.cells if language in c.metadata.get("tags", [])}
        for language in ("zh", "en")
    }
    for which, other in ((STUDENTS[0], "en"), (STUDENTS[1], "zh")):
        copy = edition(path, which)
        ids = {cell.id for cell in copy.cells}
        assert not ids & tagged[other]
        assert {i for i in tagged[which.language] - ids} <= {
            cell.id for cell in solution_cells(notebook)
        }
    for text in texts(edition(path, STUDENTS[1])):
        assert not CJK.search(re.sub(r"`[^`\n]+`", "", text)), text
    for text in texts(edition(path, STUDENTS[0])):
        heads = re.findall(r"^#+ .+|^\*\*.+|^\| .+", text, re.M)
        for head in heads:
            assert not re.search(r"[\u3400-\u9fff][^|]*\s\\?\|\s[A-Za-z ]{4}", head) or (
                head.startswith("|") and "\\|" not in head
            ), head
        assert "Figure" not in text and "Exercise" not in text and "Solution" not in text


@every
def test_the_instructor_has_everything(path):
    notebook, _ = chapter(path)
    copy = edition(path, course.EDITIONS[3])
    assert labcopies.code_of(copy) == labcopies.code_of(notebook)
    assert {c.id for c in solution_cells(notebook)} <= {c.id for c in copy.cells}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The whole course, without running the chapters."""

    def runs(root):
        return ((path, *chapter(path)) for path in CHAPTERS)

    monkeypatch.setattr(course, "runs", runs)

    def make():
        assert course.make(target=tmp_path) == 0
        return tmp_path

    return make


def test_folders_and_changed_copies(made):
    folder = made()
    for which in course.EDITIONS:
        names = {path.name for path in (folder / which.folder).glob("*.ipynb")}
        assert names == {path.name for path in CHAPTERS}
        text = (folder / which.folder / "README.md").read_text(encoding="utf-8")
        assert not MYST.search(text) and bool(CJK.search(text)) == (which.language != "en")
        assert ("jupyter lab" in text) and ("TEACHING" in text) == which.solutions
        assert (folder / which.folder / "book" / "claims.yml").is_file()
    guide = (folder / "instructor" / "TEACHING.md").read_text(encoding="utf-8")
    assert not MYST.search(guide) and "7.1" in guide
    mine = folder / "zh" / CHAPTERS[0].name
    mine.write_text("mine", encoding="utf-8")
    made()
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not list(folder.rglob("*.new.*")) and not list(folder.rglob(".*.ipynb.*"))


def test_the_key_knows_every_exercise():
    """Each exercise has its entry, and a check that exists where it is not a critique."""
    notes, found = exercise_key.notes(), {}
    for path in CHAPTERS:
        found |= exercise_key.exercises(exercise_key.cells_of(path))
    assert list(notes) == list(found)
    for label, each in found.items():
        note = notes[label]
        assert note["kind"] in exercise_key.KINDS
        assert each.check or note["kind"] == "critique"
        assert not each.check or each.check in exercises._checks(each.check)
        for part in (note["tests"], note["gist"]):
            assert not CJK.search(part["en"]) and set(part) == {"zh", "en"}
            assert CJK.search(part["zh"]) or part["zh"] == part["en"]
            assert " | " not in part["zh"] + part["en"]
    assert exercise_key.table().count("{ref}") == 2 * len(found)


@every
def test_kinds_are_those_the_chapters_name(path):
    notes, label = exercise_key.notes(), None
    for _, source in exercise_key.cells_of(path):
        if match := exercise_key.START.search(source):
            label = match[2]
        elif label and (match := re.match(r"\W*(Recall|Derive|Code|Critique)\b.*?:", source)):
            assert notes[label]["kind"] == match[1].lower(), label
            label = None


def test_the_guide_names_sections_and_exercises_that_exist():
    guide = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    headings = [
        re.sub(r"^#+ ", "", line).split(" | ")
        for path in CHAPTERS
        for text in texts(nbformat.read(path, 4))
        for line in text.split("\n")
        if line.startswith("#")
    ]
    chinese, english = ({pair[side] for pair in headings} for side in (0, -1))
    plans = re.findall(r"^(?:\* | {2})- .+$", guide, re.M)
    named = [name for line in plans for name in re.findall(r"《([^》]+)》", line)]
    assert len(named) > 50 and set(named) <= chinese, set(named) - chinese
    named = [n for x in plans for n in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", x[4:])]
    assert len(named) > 50 and set(named) <= english, set(named) - english
    found = [exercise_key.exercises(exercise_key.cells_of(path)) for path in CHAPTERS]
    numbers = {each.number for chapter in found for each in chapter.values()}
    plans = [line for line in plans if re.match(r"  - [\d., ]+ / ", line)]
    assert plans and set(re.findall(r"\d+\.\d+", "\n".join(plans))) <= numbers


def test_weights_add_up():
    guide = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    marking = guide[guide.index(":class: marking") :]
    assert sum(int(n) for n in re.findall(r"^\* - \D+?(\d+)% \|", marking, re.M)) == 100


@pytest.mark.notebook
@pytest.mark.parametrize("which", course.EDITIONS, ids=lambda e: e.folder)
def test_a_chapter_runs_in_every_edition(which, tmp_path):
    path = tmp_path / CHAPTERS[1].name
    path.write_text(nbformat.writes(edition(CHAPTERS[1], which)), encoding="utf-8")
    done = run(path, tmp_path / "out.ipynb", ISOFLOP_OFFLINE="1")
    shown = json.dumps([c.get("outputs", []) for c in done.cells])
    assert ("isoflop-check ok" in shown) == which.solutions
    assert "isoflop-check hint" not in shown
