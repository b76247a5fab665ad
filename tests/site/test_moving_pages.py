"""Figures that move: the picture first, Plotly only when asked, a slider for the keyboard."""

import json
import re
from importlib.resources import files

import pytest

PAGES = ["03_power_laws", "07_profiles", "10_disagreement"]
PLOTLY = "plotly.min.js"
BOX = ".moving"
# Where the orange diamond stands, in the drawing's own coordinates.
DIAMOND = """() => {
  const drawn = document.querySelector(".moving-drawing");
  const trace = drawn.data.find((t) => t.marker && t.marker.symbol === "diamond");
  const path = [...drawn.querySelectorAll(".scatterlayer .point")].at(-1);
  return {x: trace.x[0], y: trace.y[0], place: path.getAttribute("transform")};
}"""


def address(server, name):
    return f"{server}/notebooks/{name}.html"


def numbers(page):
    return json.loads(page.locator(f"{BOX} script").text_content())


def set_going(page):
    """Press the button with the keyboard, and wait until the drawing stands."""
    page.locator(f"{BOX} button").focus()
    page.keyboard.press("Enter")
    page.locator(f'{BOX}[data-state="on"] button[hidden]').wait_for(state="attached")
    page.locator(".moving-drawing .main-svg").first.wait_for()


@pytest.fixture(params=PAGES)
def notes(request, visit, server):
    notes = visit(address(server, request.param))
    notes.asked = []
    notes.page.on("request", lambda r: PLOTLY in r.url and notes.asked.append(r.url))
    yield notes
    notes.page.close()


def test_the_picture_stands_first(visit, server, browser):
    for name in PAGES:
        page = browser.new_context().new_page()
        urls = []
        page.on("request", lambda r, urls=urls: urls.append(r.url))
        page.goto(address(server, name))
        page.wait_for_load_state("load")
        assert any("moving.js" in url for url in urls)
        assert not [url for url in urls if PLOTLY in url], "Plotly came before it was asked for"
        assert page.locator(BOX).count() == 1 and page.locator("figure:has(.moving) > img").count()
        assert page.evaluate("window.Plotly") is None
        page.context.close()


def test_other_pages_carry_nothing_of_it(server, visit):
    notes = visit(address(server, "01_budget"))
    assert "moving.js" not in notes.page.content() and "moving.css" not in notes.page.content()
    notes.page.close()


def test_set_going_by_keyboard_without_a_jump(notes):
    page = notes.page
    picture = page.locator("figure:has(.moving) > img")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('figure:has(.moving) > img').complete")
    before = [page.locator(at).bounding_box() for at in ("figure:has(.moving)", BOX)]
    set_going(page)
    after = [page.locator(at).bounding_box() for at in ("figure:has(.moving)", BOX)]
    assert all(abs(a[k] - b[k]) < 1.5 for a, b in zip(before, after) for k in a), (before, after)
    assert len(notes.asked) == 1 and not notes.outside and not notes.errors and not notes.failed
    assert page.evaluate("document.activeElement.type") == "range"
    assert not picture.is_visible() and page.locator(f"{BOX} button").is_hidden()


def test_every_place_is_the_package_s(notes):
    page = notes.page
    set_going(page)
    figure = numbers(page)
    slider, written = page.locator(f"{BOX} input"), page.locator(f"{BOX} output")
    at = int(slider.input_value())
    for key, place in (("ArrowRight", at + 1), ("End", len(figure["frames"]) - 1), ("Home", 0)):
        page.keyboard.press(key)
        assert written.text_content().replace("\u00a0", " ") == figure["texts"][place]
        assert slider.get_attribute("aria-valuetext") == figure["texts"][place]
        drawn = page.evaluate(
            "document.querySelector('.moving-drawing').data.map((t) => [t.x, t.y])"
        )
        frame = figure["frames"][place]
        for which, trace in zip(frame["traces"], frame["data"]):
            assert drawn[which] == [trace["x"], trace["y"]]


def test_the_drawn_minimum_moves(visit, server):
    """Chapter 7's bottoms are those that approach 2 finds in the same runs."""
    from isoflop import datasets, profiles, valleys

    means = valleys.seed_means(valleys.of_arm(datasets.load("minirun-cpu")))
    minima = profiles.fit(*valleys.columns(means), replicates=2).minima
    notes = visit(address(server, "07_profiles"))
    set_going(notes.page)
    seen = [notes.page.evaluate(DIAMOND)]
    for _ in range(len(minima) - 1):
        notes.page.keyboard.press("ArrowRight")
        seen.append(notes.page.evaluate(DIAMOND))
    assert [s["x"] for s in seen] == pytest.approx(list(minima["N"]), rel=1e-4)
    assert [s["y"] for s in seen] == pytest.approx(list(minima["loss"]), rel=1e-4)
    assert len({s["place"] for s in seen}) == len(minima), "the diamond did not move on the page"
    notes.page.close()


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_names_in_the_reader_s_language(visit, server, language):
    notes = visit(address(server, "07_profiles") + f"?lang={language}")
    page = notes.page
    words = {"zh": "动起来", "en": "Make it move", "both": "动起来 | Make it move"}[language]
    assert page.get_by_role("button", name=words, exact=True).count() == 1
    set_going(page)
    name = page.locator(f"{BOX} label").inner_text()
    assert ("预算" in name, "Budget" in name) == (language != "en", language != "zh")
    named = page.locator(".moving-drawing").get_attribute("aria-label")
    assert bool(re.search("[一-鿿]", named)) == (language != "en")
    page.close()


def test_a_failed_load_can_be_tried_again(visit, server):
    notes = visit(address(server, "03_power_laws") + "?lang=en")
    page = notes.page
    page.route(f"**/{PLOTLY}", lambda route: route.abort())
    page.locator(f"{BOX} button").click()
    page.get_by_text("It could not be loaded").wait_for()
    assert page.locator("figure:has(.moving) > img").is_visible()
    page.unroute(f"**/{PLOTLY}")
    set_going(page)
    assert page.locator(".moving-failed").text_content() == ""
    page.close()


def test_whole_without_javascript(visit, server):
    for name in PAGES:
        notes = visit(address(server, name), javascript=False)
        assert notes.page.locator("figure:has(.moving) > img").is_visible()
        assert not notes.page.locator(BOX).is_visible()
        notes.page.close()


def test_on_paper_the_picture_stands_alone(notes):
    page = notes.page
    set_going(page)
    page.emulate_media(media="print")
    assert page.locator("figure:has(.moving) > img").is_visible()
    assert not page.locator(BOX).is_visible()
    assert not page.locator(".moving-drawing").is_visible()
    page.emulate_media(media="screen")
    assert page.locator(".moving-drawing").is_visible()


def test_nothing_moves_by_itself(notes):
    page = notes.page
    set_going(page)
    before = page.locator(f"{BOX} output").text_content()
    page.wait_for_timeout(600)
    assert page.locator(f"{BOX} output").text_content() == before
    assert page.evaluate("document.getAnimations().length") == 0


def test_from_disk(site, browser):
    page = browser.new_context(locale="en-GB").new_page()
    urls, errors = [], []
    page.on("request", lambda r: urls.append(r.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / "notebooks" / "07_profiles.html").as_uri())
    set_going(page)
    page.keyboard.press("ArrowRight")
    assert (
        page.locator(f"{BOX} output").text_content().replace("\u00a0", " ")
        == numbers(page)["texts"][1]
    )
    assert not errors and all(url.startswith(("file:", "data:", "blob:")) for url in urls)
    page.context.close()


def test_accessible_before_and_after(notes):
    page = notes.page
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    look = "axe.run('figure:has(.moving)', {resultTypes: ['violations']})"
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = page.evaluate(look)["violations"]
        assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]
        if theme == "light":
            set_going(page)
            found = page.evaluate(look)["violations"]
            assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]
