"""Chinese and English say the same: chapters and pages, and the check itself."""

import copy
import json

import languages
import pytest

SOURCES = languages.sources()
IDS = [path.name for path in SOURCES]


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_same_in_both(path):
    assert languages.problems(path) == []


def test_both_looked_at():
    """Where this fails, one language changed: mend the other, then run `make languages`."""
    assert languages.unlooked() == []


def notebook(tmp_path, zh: str, en: str, *more: dict):
    cells = [
        {"id": "x-zh", "cell_type": "markdown", "metadata": {"tags": ["zh"]}, "source": [zh]},
        {"id": "x-en", "cell_type": "markdown", "metadata": {"tags": ["en"]}, "source": [en]},
        *more,
    ]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


GOOD = ("算力 $C$ 是 20 倍 {cite}`kaplan2020`。", "Compute $C$ is 20 times {cite}`kaplan2020`.")


def test_good_pair(tmp_path):
    assert languages.problems(notebook(tmp_path, *GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("$C$", "$D$", "maths"),
        ("20", "21", "numbers"),
        ("kaplan2020", "hoffmann2022", "roles"),
        ("Compute", "Compute 算力", "Chinese characters in English"),
        ("Compute", "See [this](x.md) compute", "links"),
        ("Compute", "# Compute", "heading"),
    ],
)
def test_finds_drift(tmp_path, old, new, what):
    found = languages.problems(notebook(tmp_path, GOOD[0], GOOD[1].replace(old, new)))
    assert any(what in line and "x-en" in line for line in found), found


@pytest.mark.parametrize(
    "bad", ["您看算力 $C$ 是 20 倍 {cite}`kaplan2020`。", "算力,预算 $C$ 20 {cite}`kaplan2020`"]
)
def test_finds_chinese_style(tmp_path, bad):
    assert any("x-zh" in line for line in languages.problems(notebook(tmp_path, bad, GOOD[1])))


@pytest.mark.parametrize("missing", ["zh", "en"])
def test_finds_missing_partner(tmp_path, missing):
    path = notebook(tmp_path, *GOOD)
    book = json.loads(path.read_text(encoding="utf-8"))
    book["cells"] = [c for c in book["cells"] if missing not in c["metadata"]["tags"]]
    path.write_text(json.dumps(book), encoding="utf-8")
    assert languages.problems(path)


@pytest.mark.parametrize(
    "text", ["## 只有中文", "## English only", "没有标记的中文", "```{note} 只有中文\nx\n```"]
)
def test_finds_untagged(tmp_path, text):
    shared = {"id": "s", "cell_type": "markdown", "metadata": {}, "source": [text]}
    assert any("'s'" in p for p in languages.problems(notebook(tmp_path, *GOOD, shared)))


def test_one_sided_edit_is_named(monkeypatch, tmp_path):
    """Editing one Chinese cell alone fails with a message that names the cell."""
    path = next(p for p in SOURCES if p.suffix == ".ipynb")
    book = json.loads(path.read_text(encoding="utf-8"))
    edited = copy.deepcopy(book)
    cell = next(c for c in edited["cells"] if languages.cell_language(c) == "zh")
    cell["source"] = [*cell["source"], "改了一句。"]
    (tmp_path / "notebooks").mkdir()
    for content, changed in ((book, False), (edited, True)):
        copy_path = tmp_path / "notebooks" / path.name
        copy_path.write_text(json.dumps(content), encoding="utf-8")
        monkeypatch.setattr(languages, "ROOT", tmp_path)
        lines = [line for line in languages.unlooked() if "gone" not in line]
        assert bool(lines) == changed
    assert any(cell["id"] in line and "only the Chinese changed" in line for line in lines)


def test_blocks_in_pages(tmp_path):
    page = "# 题 | Title\n\n:::{lang} zh\n算力 $C$。\n:::\n:::{lang} en\nCompute $D$.\n:::\n"
    path = tmp_path / "page.md"
    path.write_text(page, encoding="utf-8")
    assert any("maths" in line for line in languages.problems(path))
    path.write_text(page.replace("$D$", "$C$"), encoding="utf-8")
    assert languages.problems(path) == []
