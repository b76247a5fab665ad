"""Chapter 13's ledger in a browser: filtered with the keyboard, whole without JavaScript."""

import pytest

PAGE = "notebooks/13_claims.html"
ROWS = "table.claims tbody tr"


@pytest.fixture
def page(visit, server):
    notes = visit(f"{server}/{PAGE}")
    yield notes.page
    notes.page.close()


def visible(page):
    return page.evaluate(
        f"[...document.querySelectorAll('{ROWS}')].filter((r) => r.checkVisibility())"
        ".map((r) => r.dataset.verdict)"
    )


@pytest.mark.parametrize("verdict", ["holds", "care", "fails"])
def test_filters_by_keyboard(page, verdict):
    everything = visible(page)
    page.locator(f'.claims-filter [data-choice="{verdict}"]').focus()
    page.keyboard.press("Enter")
    assert visible(page) == [v for v in everything if v == verdict] != []
    assert str(len(visible(page))) in page.locator(".claims-status").inner_text()
    pressed = page.locator('.claims-filter [aria-pressed="true"]')
    assert pressed.count() == 1 and pressed.get_attribute("data-choice") == verdict
    page.locator('.claims-filter [data-choice="all"]').focus()
    page.keyboard.press("Space")
    assert visible(page) == everything


@pytest.mark.parametrize("width", [420, 1280])
def test_nothing_runs_out_at_the_right(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    for language in ("zh", "en"):
        page.locator(f'[data-set-lang="{language}"]').click()
        ledger, box = page.evaluate(
            "(() => { const table = document.querySelector('table.claims');"
            " return [table.scrollWidth, table.parentElement.clientWidth]; })()"
        )
        assert ledger <= box, language


def test_labels_follow_the_language(page):
    for language, word in (("zh", "不成立"), ("en", "fails")):
        page.locator(f'[data-set-lang="{language}"]').click()
        assert page.locator('[data-choice="fails"]').inner_text().startswith(word)


def test_a_link_to_a_hidden_row_shows_it(page):
    page.locator('[data-choice="fails"]').click()
    page.evaluate("location.hash = 'c01'")
    page.locator("#c01").wait_for(state="visible")


def test_whole_without_javascript(visit, server):
    notes = visit(f"{server}/{PAGE}", javascript=False)
    rows = notes.page.locator(ROWS)
    assert rows.count() >= 30 and all(row.is_visible() for row in rows.all())
    assert notes.page.locator(".claims-filter").count() == 0
    notes.page.close()
