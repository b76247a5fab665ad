"""Copies of the chapters for JupyterLab, VS Code and Colab: `python book/_ext/labcopies.py`.

The site's roles and directives mean nothing there. The copies in `_build/lab` have the values
of a run filled in, directives written as plain Markdown and outputs cleared, so that the reader
runs the cells. A copy that its reader has changed is kept: the new one is put beside it.
"""

import re
import sys
from pathlib import Path

import nbformat
from execution_key import data_folder, key
from kept_copies import Folder
from lab_markdown import (
    EQUATION,
    FENCE,
    LABEL,
    OPTION,
    Book,
    caption,
    convert,
    glued,
    one_side,
)
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
GLUE = "application/papermill.record/"
HEADING = re.compile(r"^#{1,6} (.+)$")


def chapters(root=ROOT):
    return sorted((root / "notebooks").glob("*.ipynb"))


def code_of(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def run_values(path, notebook, root=ROOT):
    """What a run gave each name: the site's run if it is of this very state, else a new one.

    The built site keeps runs in a folder per state of code, pins and data; its own copies of the
    executed chapters lack the values, which myst-nb takes out.
    """
    needed = names_used(notebook)
    runs = root / "_build" / ".jupyter_cache" / key(root, data_folder()) / "executed"
    for found in runs.glob("*/base.ipynb"):
        run = nbformat.read(found, 4)
        if code_of(run) == code_of(notebook) and needed <= set(values_of(run)):
            return values_of(run)
    print(f"{path.name}: running it, since the built site has no such run")
    run = nbformat.from_dict(notebook)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(run, timeout=180, kernel_name="python3", resources=where).execute()
    return values_of(run)


def names_used(notebook):
    """The names that the chapter's text asks a run for."""
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    figures = [c.metadata.get("mystnb", {}).get("figure", {}) for c in notebook.cells]
    text = "\n".join([*texts, *(figure.get("caption", "") for figure in figures)])
    return {n.split(":")[0] for n in re.findall(r"\{glue:text\}`([^`]+)`", text)}


def values_of(notebook):
    """Everything the run glued, as text by name."""
    values = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name and f"{GLUE}text/plain" in output.get("data", {}):
                text = "".join(output["data"][f"{GLUE}text/plain"])
                values[name] = text[1:-1] if text[:1] + text[-1:] in ("''", '""') else text
    return values


def survey(paths, root=ROOT):
    """Numbers, titles and sources that any chapter may refer to."""
    book = Book(sources=citations(root / "book" / "references.bib"))
    for path in paths:
        _survey_chapter(nbformat.read(path, 4), path, book)
    for page in sorted((root / "book").glob("*.md")):
        lines = page.read_text(encoding="utf-8").split("\n")
        title = next((m[1] for line in lines if (m := HEADING.match(line))), page.stem)
        for label in [page.stem, *(m[1] for line in lines if (m := LABEL.match(line)))]:
            book.titles[label] = (title, "")
    return book


def _survey_chapter(notebook, path, book):
    match = re.match(r"(\d+)_", path.name)
    chapter = int(match[1]) if match else 0
    counts = dict.fromkeys(("figure", "table", "equation", "exercise"), 0)

    def number(kind, label):
        counts[kind] += 1
        if label:
            book.numbers[label] = (kind, f"{chapter}.{counts[kind]}")

    for cell in notebook.cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if figure.get("caption"):
            number("figure", figure.get("name"))
        if cell.cell_type == "markdown":
            _survey_cell(cell.source, path.name, book, number)
    title = next(
        (m[1] for c in notebook.cells for x in c.source.split("\n") if (m := HEADING.match(x))),
        path.stem,
    )
    book.titles[path.stem] = (title, path.name)


def _survey_cell(source, filename, book, number):
    lines = source.split("\n")
    waiting = None
    for at, line in enumerate(lines):
        if match := LABEL.match(line):
            waiting = match[1]
        elif waiting and (match := HEADING.match(line)):
            book.titles[waiting], waiting = (match[1], filename), None
        if opened := FENCE.match(line.strip()):
            options = {}
            for after in lines[at + 1 :]:
                if not (match := OPTION.match(after.strip())):
                    break
                options[match[1]] = match[2]
            _survey_directive(opened, options, number)
    for equation in EQUATION.finditer(source):
        if equation[2]:
            number("equation", equation[2])


def _survey_directive(opened, options, number):
    name, title = opened["name"], opened["title"]
    if name in ("figure", "glue:figure"):
        number("figure", options.get("name"))
    elif name in ("list-table", "table") and title:
        number("table", options.get("name"))
    elif name in ("exercise", "exercise-start") and "nonumber" not in options:
        number("exercise", options.get("label"))
    elif name == "math" and options.get("label"):
        number("equation", options["label"])


def citations(path):
    """Citation keys as "Kaplan et al., 2020" with an address."""
    if not path.is_file():
        return {}
    from pybtex.database import parse_file

    sources = {}
    for cited, entry in parse_file(str(path)).entries.items():
        names = [" ".join(p.last_names) for p in entry.persons.get("author", [])]
        who = names[0] if names else cited
        who += " et al." if len(names) > 2 else f" and {names[1]}" if len(names) == 2 else ""
        get = entry.fields.get
        address = get("url") or (get("doi") and f"https://doi.org/{get('doi')}")
        address = address or (get("eprint") and f"https://arxiv.org/abs/{get('eprint')}") or ""
        sources[cited] = (f"{who}, {get('year')}" if get("year") else who, address)
    return sources


def copy_of(notebook, book, values, language=None):
    """The chapter as plain cells: nothing in it needs an extension to be read.

    ``language``: of an edition in one language; its copy has nothing in the other.
    """
    cells, solving = [], False
    for cell in notebook.cells:
        solving = solving or "{solution-start}" in cell.source
        if cell.cell_type == "code":
            cells.append(_code_cell(cell, solving))
            if text := _figure_caption(cell, book, values, language):
                cells.append(_markdown_cell(f"{cell.id}-caption", text, solving))
        elif text := _text_of(cell, book, values, language):
            title = "{solution-start}" in cell.source
            cells.append(_markdown_cell(cell.id, text, solving and not title))
        solving = solving and "{solution-end}" not in cell.source
    copy = nbformat.v4.new_notebook(cells=cells, metadata=dict(notebook.metadata))
    copy.metadata.pop("widgets", None)
    copy.nbformat_minor = 5
    nbformat.validate(copy)
    return copy


def _text_of(cell, book, values, language):
    """A Markdown cell as the copy shows it; '' where the copy leaves it out."""
    own = next((t for t in cell.metadata.get("tags", []) if t in ("zh", "en")), None)
    if language and own not in (None, language):
        return ""
    source = cell.source if own or not language else one_side(cell.source, language)
    return convert(source, book, values, own or language)


def _figure_caption(cell, book, values, language):
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    if not figure.get("caption"):
        return ""
    number = book.numbers.get(figure.get("name"), ("", ""))[1]
    text = caption(figure["caption"], number, "figure", language)
    return convert(text, book, values, language)


def _markdown_cell(name, text, folded):
    cell = nbformat.v4.new_markdown_cell(text, id=name[:64])
    return _fold(cell) if folded else cell


def _code_cell(source, folded):
    cell = nbformat.v4.new_code_cell(source.source, id=source.id)
    tags = [t for t in source.metadata.get("tags", []) if t == "parameters"]
    if tags:
        cell.metadata["tags"] = tags
    hidden = {"hide-input", "remove-cell", "remove-input"} & set(source.metadata.get("tags", []))
    return _fold(cell) if folded or hidden else cell


def _fold(cell):
    cell.metadata["jupyter"] = {"source_hidden": True}
    if cell.cell_type == "code":
        cell.metadata["cellView"] = "form"  # the same for Colab
    return cell


def runs(root=ROOT):
    """Each chapter with the values of its run, or None (and a word on it) where it fails."""
    for path in chapters(root):
        notebook, values = nbformat.read(path, 4), None
        try:
            values = run_values(path, notebook, root)
            for name in names_used(notebook):
                glued(name, values)
        except (CellExecutionError, KeyError) as error:
            print(f"{path.name}: no copy made. {str(error).strip().splitlines()[-1]}")
            values = None
        yield path, notebook, values


def make(root=ROOT, target=None):
    folder, made, failed = Folder(target or root / "_build" / "lab"), 0, 0
    book = survey(chapters(root), root)
    for path, notebook, values in runs(root):
        if values is None:
            failed += 1
            continue
        copy = copy_of(notebook, book, values)
        print(folder.place(path.stem, nbformat.writes(copy).encode()))
        made += 1
    print(f"{made} chapters in {folder.path}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(make())
