"""Every page, opened once: clean, with its formulas set, in three languages, wide and narrow."""

import re

import pytest
from site_pages import docnames, served, settle

CJK = re.compile(r"[\u3400-\u9fff]")
FRAME = (
    "article h1, article h2, article h3, figcaption, caption, .admonition-title, "
    ".bd-sidebar-primary a, .bd-sidebar-primary .caption, .page-toc, .prev-next-area, "
    ".search-button__default-text, .onthispage, summary"
)
VISIBLE = """(selector) => [...document.querySelectorAll(selector)]
  .filter((e) => e.checkVisibility({visibilityProperty: true}))
  .map((e) => e.innerText.trim()).filter(Boolean)"""
LABELS = """() => ["title", "aria-label", "placeholder", "alt", "data-bs-original-title"]
  .flatMap((name) => [...document.querySelectorAll(`[${name}*=" | "]`)]
    .map((e) => name + "=" + e.getAttribute(name)))"""


@pytest.fixture(scope="module", params=served())
def opened(request, visit, server):
    notes = visit(f"{server}/{request.param}.html")
    yield notes
    notes.page.close()


def choose(page, language):
    page.evaluate("scrollTo(0, 0)")
    page.locator(f'[data-set-lang="{language}"]').click()


def test_clean(opened):
    assert opened.errors == []
    assert opened.failed == []
    assert opened.outside == []


def test_nothing_flashes(opened):
    """The language is settled before the body is read; headings stay as they first appear."""
    page = opened.page
    assert page.evaluate("seen.atBody") == "zh zh-CN"
    first = page.evaluate("seen.first")
    assert not any(re.search(r"[a-z]{4}\|", heading) for heading in first["headings"])
    later = page.evaluate(
        "(() => { const b = document.querySelector('article h1').getBoundingClientRect();"
        "return {headings: headings(), h1: [b.left, b.top, b.width]}; })()"
    )
    assert later["h1"] == first["h1"]
    assert later["headings"] == first["headings"]


def test_maths(opened):
    page = opened.page
    wanted = page.locator("article .math").count()
    assert page.locator("article .math mjx-container").count() == wanted
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    text = page.evaluate(
        "(() => { const copy = document.querySelector('article').cloneNode(true);"
        "copy.querySelectorAll('pre, code, script, style').forEach((e) => e.remove());"
        "return copy.textContent; })()"
    )
    assert "$$" not in text and "\\(" not in text and "\\[" not in text


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_toggle(opened, language):
    page = opened.page
    choose(page, language)
    pressed = page.eval_on_selector_all(
        "[data-set-lang]", "b => b.filter((x) => x.ariaPressed === 'true').map((x) => x.innerText)"
    )
    assert len(pressed) == 1
    assert page.evaluate("document.documentElement.lang") == ("en" if language == "en" else "zh-CN")
    for hidden, shown in (("zh", "en"), ("en", "zh")):
        if language == shown:
            assert page.evaluate(VISIBLE, f".lang-{hidden}, .lang-sep") == []
    words = page.evaluate(VISIBLE, FRAME)
    assert words
    title = page.title()
    if language == "en":
        assert [word for word in [*words, title] if CJK.search(word)] == []
    elif language == "zh":
        assert CJK.search(title)
        assert [word for word in words if " | " in word] == []
        assert page.evaluate(VISIBLE, "h1") and all(
            CJK.search(word) for word in page.evaluate(VISIBLE, "article h1")
        )
    else:
        assert " | " in title
        for block in ("article h1 > .lang-zh", "article h1 > .lang-en"):
            assert page.evaluate(VISIBLE, block)
    if language != "both":
        assert page.evaluate(LABELS) == []


def test_theme_words_have_their_chinese(opened):
    """In Chinese, no word of the frame is left in English only."""
    choose(opened.page, "zh")
    for selector in (".onthispage", ".prev-next-subtitle", ".search-button__default-text"):
        assert all(CJK.search(word) for word in opened.page.evaluate(VISIBLE, selector))
    titles = opened.page.evaluate(VISIBLE, ".admonition-title, .caption-number")
    assert [title for title in titles if not CJK.search(title)] == []
    labels = opened.page.evaluate(
        "[...document.querySelectorAll("
        "'button[aria-label], a[title]:not(.reference), nav[aria-label]')]"
        ".map((e) => e.getAttribute('aria-label') || e.title)"
        ".filter((text) => !/[\\u3400-\\u9fff]/.test(text))"
    )
    assert labels == []


def test_narrow(opened):
    """Nothing wider than a small screen in any language, and the switch in sight on it."""
    page = opened.page
    page.set_viewport_size({"width": 420, "height": 800})
    try:
        for language in ("zh", "en", "both"):
            choose(page, language)
            assert page.evaluate("document.documentElement.scrollWidth") <= 420, language
            box = page.locator(".lang-toggle").bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 420
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("docname", served())
def test_without_javascript(visit, server, docname):
    notes = visit(f"{server}/{docname}.html", javascript=False)
    page = notes.page
    for part in ("h1 > .lang-zh", "h1 > .lang-en"):
        assert page.locator(f"article {part}").first.is_visible()
    for language in ("zh", "en"):
        blocks = page.locator(
            f"article > section > div.lang-{language}, article section > "
            f"section > div.lang-{language}"
        )
        assert all(block.is_visible() for block in blocks.all())
    assert not page.locator(".lang-toggle").first.is_visible()
    page.close()


@pytest.mark.parametrize("docname", docnames())
def test_from_disk(visit, site, docname):
    notes = visit((site / f"{docname}.html").as_uri())
    assert notes.errors == [] and notes.failed == [] and notes.outside == []
    assert notes.page.locator("article h1").inner_text()
    choose(notes.page, "en")
    assert notes.page.evaluate("document.documentElement.lang") == "en"
    settle(notes.page)
    assert notes.errors == []
    notes.page.close()


@pytest.mark.parametrize("docname", ["book/index", "notebooks/07_profiles", "book/cluster"])
def test_a_printed_page_has_its_title(visit, server, docname):
    page = visit(f"{server}/{docname}.html").page
    page.emulate_media(media="print")
    assert page.locator("article h1").first.is_visible()
    scrolled = "article :is(.pst-scrollable-table-container, .cell_output)"
    shadows = page.eval_on_selector_all(
        scrolled, "all => all.map((e) => getComputedStyle(e).backgroundImage)"
    )
    assert set(shadows) <= {"none"}, "what shows that it scrolls is not for paper"
    page.close()
