"""The chapters' copies for JupyterLab, VS Code and Colab: plain Markdown, readers' changes kept."""

import json
import re

import labcopies
import nbformat
import pytest
from kept_copies import place
from lab_markdown import Book, convert, one_side

BOOK = Book(
    titles={
        "07_profiles": ("方法二 | Approach 2", "07_profiles.ipynb"),
        "data": ("数据 | Data", ""),
    },
    numbers={"fig-a": ("figure", "7.1"), "eq-a": ("equation", "7.2"), "ex-1": ("exercise", "7.1")},
    sources={"k": ("Kaplan et al., 2020", "https://arxiv.org/abs/2001.08361")},
)


@pytest.mark.parametrize(
    ("source", "language", "wanted"),
    [
        ("是{glue:text}`v`。", "zh", "是3.14。"),
        ("{glue:text}`v:.1f`", "en", "3.1"),
        ("{numref}`图 %s <fig-a>`", "zh", "图 7.1"),
        ("{numref}`fig-a` {eq}`eq-a`", "en", "Figure 7.1 (7.2)"),
        ("{ref}`07_profiles`", "zh", "[方法二](07_profiles.ipynb)"),
        ("{ref}`chapter 7 <07_profiles>`", "en", "[chapter 7](07_profiles.ipynb)"),
        ("{ref}`ex-1`", "zh", "练习 7.1"),
        ("{doc}`../book/data`, [x](../book/data.md)", "en", "Data, x"),
        ("{cite}`k`", "en", "([Kaplan et al., 2020](https://arxiv.org/abs/2001.08361))"),
        ("(07_profiles)=\n# 甲 | A", None, "# 甲 | A"),
        ("$$\nx\n$$ (eq-a)", None, "$$\nx \\tag{7.2}\n$$"),
        ("```python\n(x)=\n```", None, "```python\n```"),
        ("```{exercise-end}\n```", None, ""),
        ("```{exercise-start} 翻倍 | Doubling\n:label: ex-1\n```", None,
         "**练习 7.1（翻倍） | Exercise 7.1 (Doubling)**"),
        ("```{solution-start} ex-1\n:class: dropdown\n```", None,
         "**解答：练习 7.1 | Solution to Exercise 7.1**"),
        ("::::{admonition} 猜 | Guess\n:class: predict\n:::{lang} zh\n甲 $x$\n:::\n"
         ":::{lang} en\nA $x$\n:::\n::::", None,
         "> **猜 | Guess**\n>\n> 甲 $x$\n>\n> A $x$"),
        ("# 甲 | A\n\n:::{lang} zh\n乙\n:::\n:::{lang} en\nB\n:::", "en", "# 甲 | A\n\nB"),
        ("```{note} 甲 | A\n乙\n```", "zh", "> **甲**\n>\n> 乙"),
        ("```{list-table}\n* - 甲 | A\n  - B\n* - 1\n  - 2\n```", "en",
         "| A | B |\n| --- | --- |\n| 1 | 2 |"),
        ("```{list-table}\n* - 甲 | A\n  - B\n* - 1\n  - 2\n```", None,
         "| 甲 \\| A | B |\n|---|---|\n| 1 | 2 |"),
    ],
)  # fmt: skip
def test_myst_becomes_plain_markdown(source, language, wanted):
    assert convert(source, BOOK, {"v": "3.14"}, language) == wanted


def test_one_side_of_a_shared_cell():
    table = "| 乙 \\| B | $p \\| q$ |\n|---|---|\n| 1 | 丙 \\| C |"
    source = f"(a)=\n## 甲 $x$ | A $x$\n\n{table}\n\n$a | b$"
    assert one_side(source, "en").split("\n") == [
        "(a)=", "## A $x$", "", "| B | $p \\| q$ |", "| --- | --- |", "| 1 | C |", "", "$a | b$"
    ]  # fmt: skip
    assert one_side("```{note} 甲 | A\n```", "zh") == "```{note} 甲 | A\n```"


def test_captions_have_no_tags():
    """JupyterLab leaves maths between HTML tags as it is."""
    text = labcopies.caption("甲 $x$ | A $x$", "7.1", "figure")
    assert text == "**图 7.1** 甲 $x$\n\n**Figure 7.1** A $x$"
    assert labcopies.caption("甲 | A", "7.1", "table", "en") == "**Table 7.1** A"


def test_a_value_that_no_cell_gave_is_an_error():
    with pytest.raises(KeyError, match="nope"):
        convert("{glue:text}`nope`", BOOK, {})


@pytest.mark.parametrize("path", labcopies.chapters(), ids=lambda p: p.stem)
def test_nothing_of_myst_is_left_in_a_chapters_copy(path):
    notebook = nbformat.read(path, 4)
    values = dict.fromkeys(labcopies.names_used(notebook), "1")
    copy = labcopies.copy_of(notebook, labcopies.survey(labcopies.chapters()), values)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\{glue|^\s*(`{3,}|:{3,})\{|\{[a-z:-]+\}`", cell.source, re.M), (
                cell.id
            )
            assert not re.search(r"^\([^)\s]+\)=$|^:{3,}$", cell.source, re.M), cell.id
            assert "undefined" not in cell.source
        else:
            assert cell.outputs == [] and cell.execution_count is None
    assert labcopies.code_of(copy) == labcopies.code_of(notebook)


def test_a_readers_changes_are_kept(tmp_path):
    record = {}
    assert "written" in place(tmp_path, "a", b"one", record)
    assert "written" in place(tmp_path, "a", b"two", record)
    (tmp_path / "a.ipynb").write_bytes(b"mine")
    assert "kept" in place(tmp_path, "a", b"two", record)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ipynb"]
    assert "a.new.ipynb" in place(tmp_path, "a", b"three", record)
    (tmp_path / "a.new.ipynb").write_bytes(b"mine too")
    place(tmp_path, "a", b"four", record)
    contents = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert contents == {
        "a.ipynb": b"mine",
        "a.new.ipynb": b"mine too",
        "a.new2.ipynb": b"four",
    }
    json.dumps(record)
