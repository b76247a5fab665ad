"""Access: axe in every state, keyboard alone, focus in sight, stillness, pictures, languages."""

import re
from importlib.resources import files

import pytest
from site_pages import served

CJK = re.compile(r"[\u3400-\u9fff]")
CHAPTER = "notebooks/13_claims.html"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# Folded parts count too. MathJax's own elements and the many spans of highlighted code take axe
# most of its time; the first blocks of code stand for the others.
UNFOLD_AND_THIN_OUT = """() => {
  document.querySelectorAll("article details, details.cite").forEach((d) => (d.open = true));
  document.querySelectorAll("mjx-container").forEach((e) => e.closest("th") || e.replaceChildren());
  [...document.querySelectorAll("article pre")].slice(4).forEach((e) => e.replaceChildren());
}"""
# What is not ours to mend: {rule: what the element holds}, each with its reason. Of the
# theme's own findings none is left, since page_html.py mends its markup.
ALLOWED = {
    # A column's head may be one formula. Screen readers get its MathML; axe does not count it.
    "empty-table-header": "mjx-container",
}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
# A theme changes colours and nothing else, colours do not depend on the width, and what one
# language shows, both show: elsewhere than on the busiest pages these states stand for the rest.
STATES = [
    (1280, "zh", "light", None),
    (1280, "en", "light", None),
    (1280, "both", "light", CONTRAST),
    (1280, "both", "dark", CONTRAST),
    (420, "both", "light", None),
]
BUSIEST = ("book/index", "book/explorer", "notebooks/07_profiles", "notebooks/13_claims")
OTHERS = [
    (1280, "zh", "dark", CONTRAST),
    (1280, "en", "dark", CONTRAST),
    (420, "both", "dark", CONTRAST),
]
FOCUSED = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return {
    kind: e.dataset.setLang ? "language" : e.matches(".search-button") ? "search"
      : e.matches(".theme-switch-button") ? "theme" : e.matches(".sidebar-toggle") ? "contents"
      : e.closest(".skip-link") ? "skip" : e.closest("article") ? "text" : "other",
    inSight: box.top >= 0 && box.bottom <= innerHeight && box.width > 0,
    ring: [style.outlineStyle, parseFloat(style.outlineWidth), style.outlineColor],
    ground: getComputedStyle(document.body).backgroundColor,
  };
}"""


def choose(page, language):
    page.evaluate("scrollTo(0, 0)")
    page.locator(f'[data-set-lang="{language}"]').click()


def axe(page, rules):
    return page.evaluate(
        "(rules) => axe.run({resultTypes: ['violations'], ...(rules && {runOnly: rules})})"
        ".then((r) => r.violations)",
        rules,
    )


@pytest.mark.parametrize("docname", served())
def test_axe(visit, server, docname):
    """One visit a page, every state of it: the page is the same, its colours and width are not."""
    page = visit(f"{server}/{docname}.html").page
    page.evaluate(AXE)
    page.evaluate(UNFOLD_AND_THIN_OUT)
    ours = []
    for width, language, theme, rules in STATES + (OTHERS if docname in BUSIEST else []):
        page.set_viewport_size({"width": width, "height": 900})
        choose(page, language)
        page.evaluate("(t) => { document.documentElement.dataset.theme = t; }", theme)
        for rule in axe(page, rules):
            part = ALLOWED.get(rule["id"])
            for node in rule["nodes"]:
                if part and page.locator(node["target"][0]).locator(part).count():
                    continue
                what = (rule["id"], node["html"][:200], node["failureSummary"][:300])
                ours.append((width, language, theme, *what))
    page.close()
    assert ours == []


@pytest.fixture
def page(visit, server):
    notes = visit(f"{server}/{CHAPTER}?lang=zh")
    yield notes.page
    notes.page.close()


def tab(page, times=1):
    found = []
    for _ in range(times):
        page.keyboard.press("Tab")
        found.append(page.evaluate(FOCUSED))
    return found


@pytest.mark.parametrize("docname", served())
def test_skip_links(visit, server, docname):
    query = "?q=loss" if docname == "search" else ""  # without one, its field has the focus
    page = visit(f"{server}/{docname}.html{query}").page
    first, second = tab(page, 2)
    assert first["kind"] == second["kind"] == "skip" and first["inSight"] and second["inSight"]
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#page-tools'")
    assert tab(page)[0]["kind"] == "language"
    page.locator(".skip-link a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#page-text'")
    assert tab(page)[0]["kind"] == "text"
    page.close()


def test_order_of_the_tools(page):
    """Language, search, theme: the same order for the eye, the keyboard and the page."""
    page.set_viewport_size({"width": 420, "height": 800})
    kinds = [stop["kind"] for stop in tab(page, 9)]
    assert kinds == ["skip"] * 2 + ["contents"] + ["language"] * 3 + ["search", "theme", "contents"]
    assert page.locator("[tabindex]").evaluate_all("all => all.every((e) => e.tabIndex <= 0)")


def luminance(colour):
    parts = [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_focus_is_in_sight(page, theme):
    page.evaluate("(t) => { document.documentElement.dataset.theme = t; }", theme)
    for stop in tab(page, 40):
        style, width, colour = stop["ring"]
        light, dark = sorted((luminance(colour), luminance(stop["ground"])), reverse=True)
        assert style == "solid" and width >= 2, stop
        assert (light + 0.05) / (dark + 0.05) >= 3, stop


def test_theme_switch_says_its_state(page):
    button = page.locator(".theme-switch-button")
    names = []
    for _ in range(3):
        button.focus()
        page.keyboard.press("Enter")
        mode = page.evaluate("document.documentElement.dataset.mode")
        names.append((mode, button.inner_text().strip()))
        word = {
            "light": "浅色／深色：浅色",
            "dark": "浅色／深色：深色",
            "auto": "浅色／深色：随系统",
        }
        assert page.get_by_role("button", name=word[mode]).count() == 1
    assert {mode for mode, _ in names} == {"light", "dark", "auto"}


@pytest.mark.parametrize(("width", "before"), [(1280, "true"), (420, "false")])
def test_contents_say_whether_they_are_open(page, width, before):
    page.set_viewport_size({"width": width, "height": 800})
    button, box = page.locator(".primary-toggle"), page.locator(".bd-sidebar-primary")
    seen = []
    for _ in range(2):
        assert button.get_attribute("aria-expanded") == before
        assert (box.evaluate("e => getComputedStyle(e).visibility") == "visible") == (
            before == "true"
        )
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        seen.append(button.get_attribute("aria-expanded"))
        if width == 420:
            page.keyboard.press("Escape")
        else:
            page.keyboard.press("Tab")
            button.focus()
            page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    assert seen == [{"true": "false", "false": "true"}[before]] * 2


def test_folds_and_search_by_keyboard(page):
    fold = page.locator("article details.admonition summary").first
    fold.focus()
    page.keyboard.press("Enter")
    assert fold.evaluate("e => e.parentElement.open")
    page.keyboard.press("Control+k")
    page.keyboard.type("包络")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results a")
    page.locator("#search-results a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/06_envelope.html*")


LONGEST = """() => Math.max(...[...document.querySelectorAll("*")].map((e) => {
  const s = getComputedStyle(e);
  const times = (s.transitionDuration + "," + s.animationDuration).split(",").map(parseFloat);
  return Math.max(...times, s.scrollBehavior === "smooth" ? 1 : 0);
}))"""


def test_nothing_moves_for_those_who_ask(page):
    assert page.evaluate(LONGEST) <= 0.001
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(LONGEST) > 0.01


@pytest.mark.parametrize("docname", [name for name in served() if name.startswith("notebooks")])
def test_pictures_and_languages(visit, server, docname):
    """Alternative text follows the language; Chinese characters stand where the page says so."""
    page = visit(f"{server}/{docname}.html").page
    alts = "[...document.querySelectorAll('article img')].map((i) => i.alt)"
    marked = """() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const wrong = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!/[\\u3400-\\u9fff]/.test(node.data) || !parent.checkVisibility()) continue;
        if (parent.closest("pre, code, script, style, mjx-container")) continue;
        if (!parent.closest("[lang]").lang.startsWith("zh")) wrong.push(node.data.trim());
      }
      return wrong;
    }"""
    for language in ("zh", "en", "both"):
        choose(page, language)
        found = page.evaluate(alts)
        assert found and all(text.strip() for text in found)
        if language == "en":
            assert not any(CJK.search(text) for text in found)
        else:
            assert all(CJK.search(text) for text in found)
        if language == "both":
            assert all(" | " in text for text in found)
        assert page.evaluate(marked) == []
    page.close()
