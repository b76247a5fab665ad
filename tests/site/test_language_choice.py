"""Which language a reader gets: by the address, by the last choice, by the browser."""

import pytest

STATE = "document.documentElement.dataset.lang"
FIRST, SECOND = "notebooks/01_budget.html", "book/reading.html"


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh"), ("zh-TW", "zh"), ("en-GB", "en"), ("fr-FR", "en")]
)
def test_first_visit(visit, server, locale, language):
    notes = visit(f"{server}/{SECOND}", locale=locale)
    assert notes.page.evaluate(STATE) == language


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_asked_for_in_the_address(visit, server, language):
    """?lang= wins, is remembered on other pages, and is handed on by the page's own links."""
    notes = visit(f"{server}/{SECOND}?lang={language}", locale="en-GB")
    assert notes.page.evaluate(STATE) == language
    later = visit(f"{server}/{FIRST}", context=notes.context)
    assert later.page.evaluate(STATE) == language
    with notes.page.expect_navigation():
        notes.page.locator(".prev-next-area a").last.click()
    assert notes.page.evaluate(STATE) == language
    assert f"lang={language}" in notes.page.evaluate("location.search")


def test_nonsense_in_the_address(visit, server):
    notes = visit(f"{server}/{SECOND}?lang=xx", locale="zh-CN")
    assert notes.page.evaluate(STATE) == "zh"


def test_choice_is_remembered(visit, server):
    notes = visit(f"{server}/{SECOND}", locale="zh-CN")
    notes.page.locator('[data-set-lang="en"]').focus()
    notes.page.keyboard.press("Enter")
    assert notes.page.evaluate(STATE) == "en"
    later = visit(f"{server}/{FIRST}", context=notes.context)
    assert later.page.evaluate(STATE) == "en"


def test_switch_changes_the_address_that_named_a_language(visit, server):
    notes = visit(f"{server}/{SECOND}?lang=zh")
    notes.page.locator('[data-set-lang="en"]').click()
    assert "lang=en" in notes.page.evaluate("location.search")


def test_entry_page_leads_on(visit, server):
    notes = visit(f"{server}/index.html?lang=en", locale="zh-CN")
    notes.page.wait_for_url("**/book/index.html*")
    assert notes.page.evaluate(STATE) == "en"


def test_print_shows_the_chosen_language(visit, server):
    notes = visit(f"{server}/{SECOND}?lang=en")
    notes.page.emulate_media(media="print")
    assert not notes.page.locator("article div.lang-zh").first.is_visible()
    assert notes.page.locator("article div.lang-en").first.is_visible()
    assert not notes.page.locator(".lang-toggle").is_visible()
