"""The site's extensions, each by itself: languages, numbers, keys, addresses, lab copies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import execution_key
import nbformat
import pytest
import repository
from access import accessible
from bilingual import has_heading
from bs4 import BeautifulSoup
from page_html import _short_cells, _tidy, bilingual_page, plain_maths
from theme_words import chinese
from zh_search import sections

ROOT = Path(__file__).resolve().parents[1]
PAGE = """<!doctype html><html><head><title>7. 方法 | Method — 书 | Book</title></head><body>
<ul><li class="toctree-l1"><a class="reference internal" href="x.html">7. 方法 \\(N\\) | Method
<span class="math">\\(N\\)</span></a></li></ul><article><section id="s">{}</section></article>
</body></html>"""


def page(body):
    return BeautifulSoup(bilingual_page(PAGE.format(body)), "html.parser")


def sides(element):
    return [element.select_one(f".lang-{language}").decode_contents() for language in ("zh", "en")]


# ---------- Two languages ----------


def test_a_pair_keeps_its_markup_on_each_side():
    soup = page(
        '<h2>固定 <span class="math">\\(C\\)</span> | Fix <code>C</code>'
        '<a class="headerlink" href="#s">#</a></h2>'
    )
    heading = soup.h2
    zh, en = sides(heading)
    assert zh.startswith('固定 <span class="math"><mjx-container') and en == "Fix <code>C</code>"
    assert heading.select_one("math mi").get_text() == "C"
    assert heading.find_all(recursive=False)[-1]["class"] == ["headerlink"]
    assert heading.select_one(".lang-sep").get_text() == " | "


@pytest.mark.parametrize(
    "body",
    [
        "<pre>甲 | A</pre>",
        "<p><code>甲 | A</code></p>",
        "<p>a | b</p>",
        '<p><span class="math">\\(P(甲 | A)\\)</span></p>',
    ],
)
def test_what_is_no_pair_stays(body):
    assert page(body).article.select(".lang-sep") == []


def test_in_one_language_a_borrowed_title_loses_the_other():
    link = '<a class="reference internal"><span class="std std-ref">甲 | A</span></a>'
    figure = '<a class="reference internal"><span class="std std-numref">Figure 7.1</span></a>'
    soup = page(
        f'<div class="lang-zh"><p>{link}、{figure}</p></div>'
        f'<div class="lang-en"><p>{link}, {figure}</p></div>'
    )
    assert soup.select_one("div.lang-zh p").get_text() == "甲、图 7.1"
    assert soup.select_one("div.lang-en p").get_text() == "A, Figure 7.1"


def test_captions_and_exercise_titles_read_in_one_go():
    soup = page(
        '<figcaption><p><span class="caption-number">Figure 7.1 </span>'
        '<span class="caption-text">山谷 | A valley</span></p></figcaption>'
        '<div class="admonition exercise"><p class="admonition-title">'
        '<span class="caption-number">Exercise 7.2 </span> (翻倍 | Doubling)</p></div>'
        '<div class="admonition solution dropdown"><p class="admonition-title">Solution to'
        '<a href="#e"> Exercise 7.2 (翻倍 | Doubling)</a></p><p>x</p></div>'
    )
    text = [
        [BeautifulSoup(s, "html.parser").get_text() for s in sides(e)]
        for e in (soup.figcaption, soup.select_one(".exercise"), soup.select_one("summary"))
    ]
    assert text == [
        ["图 7.1 山谷", "Figure 7.1 A valley"],
        ["练习 7.2（翻倍）", "Exercise 7.2 (Doubling)"],
        ["解答：练习 7.2（翻倍）", "Solution to Exercise 7.2 (Doubling)"],
    ]
    assert soup.select_one("details.solution > summary") and not soup.select("summary a")


def test_head_and_contents():
    soup = page("<h1>方法 | Method</h1>")
    assert soup.title["data-zh"] == "方法 — 书" and soup.title["data-en"] == "Method — Book"
    assert soup.title.get_text() == "方法 | Method — 书 | Book"
    entry = soup.select_one("li.toctree-l1 a")
    assert entry.select_one(".toc-number").get_text() == "7"
    assert "\\(" not in entry.select_one(".lang-en").get_text()
    assert soup.html["data-lang"] == "both" and "dataset.lang" in soup.head.script.string


def test_values_fold_with_the_code_that_prints_them():
    """A cell that prints named values alone is folded whole; a figure or a note stays in sight."""

    def cell(name, outputs):
        return (
            f'<div class="cell tag_hide-input" id="{name}"><details><summary>Show code</summary>'
            f'</details><div class="cell_output">{outputs}</div></div>'
        )

    value = '<div class="output stream"><pre>b07-a = 0.50 [0.45, 0.55]\n</pre></div>'
    cells = {
        "values": 2 * value,
        "figure": value + "<img/>",
        "words": '<div class="output stream"><pre>86 s by the clock\n</pre></div>',
        "note": value + '<div class="output text_html">Stored result</div>',
    }
    soup = page("".join(cell(name, outputs) for name, outputs in cells.items()))
    folded = {name: bool(soup.select(f"#{name} details .cell_output")) for name in cells}
    assert folded == {"values": True, "figure": False, "words": False, "note": False}


def test_a_number_stays_with_its_word():
    link = '<a class="reference internal"><span class="std">{}</span></a>'
    texts = ("第 12 章", "图 7.1", "Chapter 3", "读完第一页再说", "The budget explorer")
    soup = page("".join(f"<p>{link.format(text)}</p>" for text in texts))
    kept = [a.get_text() for a in soup.select("article a.keep")]
    assert kept == ["第 12 章", "图 7.1", "Chapter 3"]
    soup = page("<p>我们自己的训练（第 5、6、11 章）按字节</p><pre>第 5 章</pre>")
    assert [span.get_text() for span in soup.select(".keep")] == ["第 5、6、11 章"]
    assert soup.article.p.get_text() == "我们自己的训练（第 5、6、11 章）按字节"


def test_space_beside_a_formula_only_where_chinese_touches_it():
    maths = '<span class="math">\\(N\\)</span>'
    bodies = (f"预算{maths}下", f"<b>大</b>{maths}，", f"预算 {maths}。", f"of {maths}")
    soup = page("".join(f"<p>{body}</p>" for body in bodies))
    marks = [
        {c.split("-")[0] for c in m["class"] if "han" in c} for m in soup.select("article .math")
    ]
    assert marks == [{"after", "before"}, {"after"}, set(), set()]


def test_brackets_stay_with_their_formula():
    maths = '<span class="math">\\(N\\)</span>'
    soup = page(f"<p>约（{maths}）的</p><p>a factor ({maths} large)</p>")
    kept = [(k.contents[0], len(k.select(".math"))) for k in soup.select("article .keep")]
    assert kept == [("（", 1), ("(", 1)]
    assert [p.contents[0] for p in soup.select("article p")] == ["约", "a factor "]


def test_stacked_rows_name_their_cells():
    soup = page(
        '<table class="stacked"><thead><tr><th scope="col">名字 | Name</th>'
        '<th scope="col"><p>内容 | Contents</p></th></tr></thead>'
        "<tbody><tr><td><p>a</p></td><td><p>b</p></td></tr></tbody></table>"
    )
    accessible(soup)
    first, second = soup.select("tbody td")
    assert not first.select(".cell-name") and first["role"] == second["role"] == "cell"
    name = second.p.find(recursive=False)
    assert name["class"] == ["cell-name"] and name["aria-hidden"] == "true"
    assert sides(name) == ["内容", "Contents"] and second.get_text().endswith("b")


def test_words():
    assert chinese("Figure 2.1") == "图 2.1" and chinese("Next") is None
    assert chinese("Solution to Exercise 1.2") == "解答：练习 1.2"
    assert plain_maths(r"\(C \approx 6ND\)") == "C ≈ 6ND"
    assert plain_maths(r"\(6\times 10^{21}\)").endswith("10²¹") and plain_maths("2^b") == "2ᵇ"
    assert plain_maths("C^a, x^{-2}, y^{beta}") == "Cᵃ, x⁻², ybeta"


def test_heading_is_seen_outside_code_only():
    assert has_heading(["a", "## b"])
    assert not has_heading(["```", "# a comment", "```", "a"])


def test_search_text_is_by_section_and_language():
    soup = page(
        '<h1>甲 | A</h1><div class="lang-zh">算力</div><div class="lang-en">compute</div>'
        '<section id="t"><h2>乙 | B</h2><div class="cell_input"><pre>code()</pre></div>'
        "<p>丙 | C</p></section>"
    )
    first, second = sections(str(soup))
    assert (first["title_zh"], first["title_en"]) == ("甲", "A")
    assert (first["zh"], first["en"]) == ("算力", "compute")
    assert second["id"] == "t" and (second["zh"], second["en"]) == ("丙 code()", "C code()")


# ---------- The execution key ----------


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src" / "isoflop").mkdir(parents=True)
    (tmp_path / "src" / "isoflop" / "laws.py").write_text("a = 1\n")
    (tmp_path / "requirements.txt").write_text("numpy==2\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "runs.csv").write_text("1\n")
    return tmp_path


@pytest.mark.parametrize("name", ["src/isoflop/laws.py", "requirements.txt", "data/runs.csv"])
def test_key_changes_with_what_results_depend_on(tree, name):
    before = execution_key.key(tree, tree / "data")
    (tree / name).write_text("changed\n")
    assert execution_key.key(tree, tree / "data") != before


def test_key_ignores_file_names_of_data_and_bytecode(tree):
    before = execution_key.key(tree, tree / "data")
    (tree / "data" / "runs.csv").rename(tree / "data" / "renamed.csv")
    (tree / "src" / "isoflop" / "__pycache__").mkdir()
    (tree / "src" / "isoflop" / "__pycache__" / "laws.pyc").write_text("x")
    assert execution_key.key(tree, tree / "data") == before
    assert execution_key.key(tree, None) != before


def test_old_states_are_pruned(tmp_path):
    for i in range(8):
        (tmp_path / f"k{i}").mkdir()
    execution_key.prune(tmp_path, "k0")
    left = {p.name for p in tmp_path.iterdir()}
    assert "k0" in left and len(left) == execution_key.KEPT


# ---------- The repository's address ----------


def write_chapter(root, address):
    cell = nbformat.v4.new_code_cell(repository.CELL.format(address=address), id="setup-colab")
    (root / "notebooks").mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), root / "notebooks" / "01_a.ipynb")


def test_sync_writes_the_address_into_every_chapter(tmp_path):
    (tmp_path / "_config.yml").write_text('repository: {url: "https://github.com/o/r/"}\n')
    write_chapter(tmp_path, "")
    assert [path.name for path, _, _ in repository.out_of_step(tmp_path)] == ["01_a.ipynb"]
    assert repository.sync(tmp_path) == 1 and not list(repository.out_of_step(tmp_path))
    assert 'REPOSITORY = "https://github.com/o/r"' in (
        tmp_path / "notebooks" / "01_a.ipynb"
    ).read_text().replace('\\"', '"')


def test_chapters_are_in_step():
    wrong = [path.name for path, _, _ in repository.out_of_step()]
    assert wrong == [], "run `python book/_ext/repository.py sync`"


def small_book(root, address, tagged="正文。"):
    """A book of one page and one chapter with this book's configuration."""
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    config = config.replace('url: ""', f'url: "{address}"')
    config = config.replace("execute_notebooks: cache", 'execute_notebooks: "off"')
    root.joinpath("_config.yml").write_text(config, encoding="utf-8")
    root.joinpath("_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nparts:\n- caption: 甲 | A\n  numbered: 1\n"
        "  chapters:\n  - file: notebooks/07_profiles\n"
    )
    for name in ("_ext", "_static", "references.bib"):
        source, target = ROOT / "book" / name, root / "book" / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    shutil.copy(ROOT / "CITATION.cff", root)
    (root / "book" / "index.md").write_text("# 书 | Book\n", encoding="utf-8")
    cells = [
        nbformat.v4.new_markdown_cell("(07_profiles)=\n# 方法 | Method", id="a"),
        nbformat.v4.new_markdown_cell(tagged, id="b", metadata={"tags": ["zh"]}),
        nbformat.v4.new_markdown_cell("Text.", id="c", metadata={"tags": ["en"]}),
        nbformat.v4.new_markdown_cell("$$\nx\n$$ (eq-x)", id="d"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (root / "notebooks").mkdir()
    chapter = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(chapter, root / "notebooks" / "07_profiles.ipynb")
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", ".", "-W", "-n", "--keep-going"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    return run, root / "_build" / "html" / "notebooks" / "07_profiles.html"


def test_without_an_address_no_button_leads_away(tmp_path):
    run, built = small_book(tmp_path, "")
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    soup = BeautifulSoup(built.read_text(encoding="utf-8"), "html.parser")
    links = [a["href"] for a in soup.select(".article-header-buttons a")]
    assert links == ["../_sources/notebooks/07_profiles.ipynb"]
    assert "第 7 章" in soup.h1.get_text() and "(7.1)" in soup.select_one(".eqno").get_text()


def test_a_public_address_is_on_every_page(tmp_path, monkeypatch):
    base = "https://name.example/book/"
    monkeypatch.setenv("ISOFLOP_BASEURL", base.rstrip("/"))
    run, built = small_book(tmp_path, "")
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    site = tmp_path / "_build" / "html"
    for name, shown in (
        ("notebooks/07_profiles.html", "notebooks/07_profiles.html"),
        ("index.html", "book/index.html"),  # the entry page stands for the first page
    ):
        soup = BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")
        assert [e["href"] for e in soup.select("link[rel=canonical]")] == [base + shown]
        assert len(soup.select("link[hreflang]")) == 3
        assert soup.select_one('[property="og:image"]')["content"].startswith(base)
    missing = BeautifulSoup((site / "404.html").read_text(encoding="utf-8"), "html.parser")
    assert not missing.select("link[rel=canonical]")
    assert missing.select_one("article form")["action"] == "/book/search.html"
    assert f"Sitemap: {base}sitemap.xml" in (site / "robots.txt").read_text()
    assert f"<loc>{base}notebooks/07_profiles.html</loc>" in (site / "sitemap.xml").read_text()
    assert f"url = {{{base}}}" in (site / "isoflop.bib").read_text()


def test_with_an_address_the_buttons_lead_to_it(tmp_path):
    """… and a heading inside one language's cell is a warning, which fails a strict build."""
    run, built = small_book(tmp_path, "https://github.com/o/r", tagged="## 标题\n\n正文。")
    assert run.returncode != 0 and "heading inside a zh block" in run.stderr
    soup = BeautifulSoup(built.read_text(encoding="utf-8"), "html.parser")
    links = [a["href"] for a in soup.select(".article-header-buttons a")]
    path = "notebooks/07_profiles.ipynb"
    for wanted in (
        f"https://mybinder.org/v2/gh/o/r/main?urlpath=lab/tree/{path}",
        f"https://colab.research.google.com/github/o/r/blob/main/{path}",
        "https://github.com/o/r",
        f"https://github.com/o/r/blob/main/{path}?plain=1",
        f"https://github.com/o/r/edit/main/{path}",
    ):
        assert wanted in links
    assert any(link.startswith("https://github.com/o/r/issues/new") for link in links)
    assert soup.select(".article-header-buttons svg.icon.fa-github") and not soup.select("i.fab")


def test_a_cell_with_two_chinese_parts_is_as_long_as_both():
    cell = '<td><span class="lang-zh">第 3 章</span><div><span class="lang-zh">{}</span></div></td>'
    cells = cell.format("页") + cell.format("Hoffmann等人2022")
    html = f"<article><table><tr>{cells}</tr></table></article>"
    soup = BeautifulSoup(html, "html.parser")
    _short_cells(soup)
    assert [td.get("class") for td in soup.select("td")] == [["short"], None]


def test_an_empty_stream_leaves_no_stub():
    stream = '<div class="output stream"><pre>{}</pre></div>'
    html = f'<div class="cell_output">{stream.format("x = 1")}{stream.format(chr(10))}</div>'
    soup = BeautifulSoup(html, "html.parser")
    _tidy(soup)
    assert [part.get_text() for part in soup.select(".stream")] == ["x = 1"]
