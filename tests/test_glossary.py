"""The glossary: its entries, its page, the links to it, and the words the book has chosen."""

import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import glossary
import languages
import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
TERMS = glossary.load(ROOT / glossary.FILE)
LANGS = ("zh", "en")
KEYS = {"id", "chapter", "pinyin", "zh", "en", "forms", "unless", "variants"}


# ---------- The entries ----------


def test_entries_are_complete_and_unique():
    ids = [term["id"] for term in TERMS]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in ids)
    for term in TERMS:
        assert set(term) <= KEYS, term["id"]
        assert term["pinyin"].isascii(), term["id"]
        for language in LANGS:
            assert set(term[language]) == {"name", "line"}, term["id"]
            line = term[language]["line"]
            assert line.endswith({"zh": "。", "en": "."}[language]) and "\n" not in line
            assert " | " not in line, term["id"]
        assert languages.CJK.search(term["zh"]["line"]), term["id"]
        assert not languages.CJK.search(term["en"]["name"] + term["en"]["line"]), term["id"]


@pytest.mark.parametrize("language", LANGS)
def test_a_word_stands_for_one_term(language):
    words = [w.lower() for t in TERMS for w in glossary.shapes(t, language)]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    expression = glossary.matcher(TERMS, language)[0]
    for term in TERMS:
        for variant in term.get("variants", {}).get(language, []):
            assert variant.lower() not in words, variant
        assert expression.fullmatch(term[language]["name"]), term["id"]


def prose(path, language):
    """What a chapter or page says in a language, the sides of its headings and captions too."""
    parts = []
    for block in languages.blocks(path):
        if block.lang == language:
            parts.append(block.text)
        elif block.lang is None:
            lines = [line.split(" | ") for line in block.text.splitlines() if " | " in line]
            parts += [line[0 if language == "zh" else -1] for line in lines]
    text = languages.MATHS.sub(" ", "\n".join(parts))
    text = languages.ROLE.sub(" ", text)
    return languages.CODE.sub(" ", languages.LINK.sub(" ", text))


@pytest.mark.parametrize("term", TERMS, ids=[term["id"] for term in TERMS])
def test_the_chapter_uses_the_term(term):
    path = ROOT / "notebooks" / f"{term['chapter']}.ipynb"
    assert path.is_file()
    for language in LANGS:
        expression = glossary.matcher([term], language)[0]
        assert expression.search(prose(path, language)), language


# ---------- The book keeps to its words ----------


def forbidden(language):
    found = [v for term in TERMS for v in term.get("variants", {}).get(language, [])]
    if language == "zh":
        return re.compile("|".join(map(re.escape, found)))
    words = "|".join(map(re.escape, found))
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.I)


@pytest.mark.parametrize("language", LANGS)
@pytest.mark.parametrize("path", languages.sources(), ids=lambda path: path.name)
def test_no_other_word_is_used(path, language):
    found = Counter(forbidden(language).findall(prose(path, language)))
    assert not found, f"{path.name} says {dict(found)}: see book/glossary.yml"


def test_another_word_is_noticed():
    assert forbidden("zh").findall("缩放定律与扩展定律") == ["缩放定律"]
    assert forbidden("en").findall("Utilization, or a fixed-warmup run") == ["Utilization"]


# ---------- Links at the first use ----------


def linked(zh="", en="", shared=""):
    soup = BeautifulSoup(
        f'<article><section>{shared}<div class="lang-zh">{zh}</div>'
        f'<div class="lang-en">{en}</div></section></article>',
        "html.parser",
    )
    before = soup.get_text()
    glossary.link_terms(soup, TERMS, "../book/glossary.html")
    assert soup.get_text() == before, "a link changed the text"
    return soup


def links(soup, language):
    found = soup.select(f".lang-{language} a.term-link")
    return [(a.get_text(), a["href"].partition("#term-")[2]) for a in found]


def test_first_use_is_linked_once_in_each_language():
    soup = linked("<p>词元和词元。</p><p>词元，外推。</p>", "<p>A token.</p><p>Tokens, tokens.</p>")
    assert links(soup, "zh") == [("词元", "token"), ("外推", "extrapolation")]
    assert links(soup, "en") == [("token", "token")]
    link = soup.select_one(".lang-en a")
    assert link["href"] == "../book/glossary.html#term-token"
    assert link["title"] == next(t for t in TERMS if t["id"] == "token")["en"]["line"]
    assert "外推" in soup.select(".lang-zh p")[1].a.get_text()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Two Power\nLaws.", [("Power\nLaws", "power-law")]),
        ("confidence intervals", [("confidence intervals", "confidence-interval")]),
        ("loss exponents, an exponent", ["loss-exponents", "exponent"]),
        ("10 FLOP/s for 5 FLOPs", ["flop-per-second", "flops"]),
        ("a tokenizer", ["tokenizer"]),
        ("betoken, token-level, isoFLOPS-like", []),
        ("the cell of parameters; parameters", [("parameters", "parameters")]),
    ],
)
def test_english_words(text, wanted):
    found = links(linked(en=f"<p>{text}</p>"), "en")
    assert found == wanted or [name for _, name in found] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("损失指数和指数", ["loss-exponents", "exponent"]),
        ("对数求和指数", []),
        ("每秒多少FLOP/s，多少FLOPs", ["flop-per-second", "flops"]),
        ("IsoFLOP", []),
        ("等算力曲线在等算力线上", ["isoflop-profile", "isoflop"]),
    ],
)
def test_chinese_words(text, wanted):
    assert [name for _, name in links(linked(zh=f"<p>{text}</p>"), "zh")] == wanted


@pytest.mark.parametrize(
    "body",
    [
        "<h2>{}</h2>",
        "<p><code>{}</code></p>",
        "<pre>{}</pre>",
        '<p><a href="x">{}</a></p>',
        '<p><span class="math">{}</span> <span class="pasted-text">{}</span></p>',
        "<figure><figcaption><p>{}</p></figcaption></figure>",
        "<table><caption>{}</caption><tr><td>{}</td></tr></table>",
        '<div class="admonition"><p class="admonition-title">{}</p></div>',
        '<details class="admonition solution"><summary>x</summary><p>{}</p></details>',
        '<div class="cell"><div class="cell_output"><p>{}</p></div></div>',
    ],
)
def test_where_no_link_belongs(body):
    zh, en = body.format("词元", "词元"), body.format("token", "token")
    soup = linked(zh, en, shared="<h1>词元 | Token</h1><p>词元 token</p>")
    assert soup.select("a.term-link") == []


def test_prose_in_lists_boxes_and_bold_is_linked():
    zh = '<div class="admonition"><ul><li><strong>词元</strong></li></ul></div>'
    assert links(linked(zh), "zh") == [("词元", "token")]


# ---------- The page ----------


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book of two pages, as Sphinx and this extension write it."""
    root = tmp_path_factory.mktemp("book")
    for name in ("book", "notebooks"):
        (root / name).mkdir()
    (root / "book" / "glossary.yml").write_bytes((ROOT / glossary.FILE).read_bytes())
    (root / "book" / "glossary.md").write_bytes((ROOT / "book" / "glossary.md").read_bytes())
    pages = "# 书 | Book\n\n```{toctree}\nbook/glossary\nnotebooks/01_budget\n```\n"
    (root / "index.md").write_text(pages, encoding="utf-8")
    text = "# 词元 | Token\n\n:::{lang} zh\n词元。\n:::\n:::{lang} en\nA token.\n:::\n"
    (root / "notebooks" / "01_budget.md").write_text(text, encoding="utf-8")
    settings = {
        "extensions": ["myst_nb", "bilingual", "glossary"],
        "myst_enable_extensions": ["colon_fence"],
        "template_bridge": "bilingual.Templates",
        "html_theme": "sphinx_book_theme",
    }
    out = root / "out"
    app = Sphinx(root, None, out, root / "doc", "html", settings, status=None, freshenv=True)
    app.build()
    read = {n: (out / f"{n}.html").read_text("utf-8") for n in ("book/glossary", "index")}
    chapter = (out / "notebooks" / "01_budget.html").read_text("utf-8")
    return SimpleNamespace(page=soup_of(read["book/glossary"]), chapter=soup_of(chapter))


def soup_of(text):
    return BeautifulSoup(text, "html.parser")


def test_page_lists_every_term_in_both_languages(built):
    items = built.page.select("ul.glossary-list > li")
    assert [item["id"] for item in items] == [f"term-{term['id']}" for term in TERMS]
    for item, term in zip(items, TERMS, strict=True):
        for language in LANGS:
            side = item.select_one(f"div.lang-{language}")
            assert side.dfn.get_text() == term[language]["name"]
            assert term[language]["line"] in side.get_text()
            shown = side.get_text().replace(" ", "")
            for variant in term.get("variants", {}).get(language, []):
                assert variant.replace(" ", "") in shown
            same = term["zh"]["name"] == term["en"]["name"]
            assert len(side.select(".other-name")) == (0 if same else 1)
    assert built.page.get_text().count("IsoFLOP曲线") == 1  # though searched for with a space too


def test_page_is_in_order():
    readings = [term["pinyin"].lower().split() for term in TERMS]
    assert readings == sorted(readings)
    first = [term["zh"]["name"] for term in TERMS[:3]]
    assert first[0][0] in "包比变遍标不"


def test_page_leads_to_the_chapters_that_are_there(built):
    there = [t["id"] for t in TERMS if t["chapter"] == "01_budget"]
    items = {a.find_parent("li")["id"] for a in built.page.select(".glossary-list a")}
    assert items == {f"term-{name}" for name in there}
    targets = {a["href"] for a in built.page.select(".glossary-list a")}
    assert targets == {"../notebooks/01_budget.html"}
    assert "第 7 章" in built.page.select_one("#term-isoflop-profile .lang-zh").get_text()


def test_links_are_on_the_built_chapter_and_not_on_the_page(built):
    anchors = {element["id"] for element in built.page.select("li[id]")}
    assert built.page.select("a.term-link") == []
    found = built.chapter.select("a.term-link")
    assert len(found) == 2
    for link in found:
        page, _, anchor = link["href"].partition("#")
        assert page == "../book/glossary.html" and anchor in anchors
    scripts = [s.get("src", "") for s in built.page.select("script")]
    assert any("glossary.js" in source for source in scripts)
