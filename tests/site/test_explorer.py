"""The budget explorer in a browser: the same numbers as the package, shared by its address,
by keyboard, in three languages, without JavaScript, from disk, and Plotly only when asked for."""

import itertools
import math
import re

import numpy as np
import pytest

from isoflop import catalogue, planning

PAGE = "book/explorer.html"
CJK = re.compile(r"[\u3400-\u9fff]")
BUDGETS = (1e17, 3.3e18, 7.77e21, 1e24, 9.9e26)
POINTS = [*itertools.product(catalogue.ids(), BUDGETS)]
LAW = "window.isoflopExplorer.laws.find((law) => law.id === id)"
NAMES = {"ratio": "tokens_per_parameter"}


@pytest.fixture(scope="module")
def opened(visit, server):
    notes = visit(f"{server}/{PAGE}")
    yield notes
    assert notes.errors == [] and notes.outside == [] and notes.failed == []
    notes.page.close()


@pytest.fixture
def page(opened):
    go(opened.page, "c=1e22")
    return opened.page


def go(page, fragment):
    """Put a fragment into the address and wait until the page has spoken."""
    page.evaluate("(h) => { location.hash = h; }", fragment)
    page.wait_for_timeout(350)


def state(page):
    return page.evaluate("window.isoflopState.parse(location.hash)")


def spoken(page):
    return page.locator(".explorer-result").inner_text()


# ---------- The same numbers as Python ----------


def in_browser(page, id, C):
    return page.evaluate(
        f"""([id, C]) => {{ const law = {LAW}; const best = isoflopLaws.optimum(law, C);
        return {{best, bands: isoflopLaws.intervals(law, C, isoflopExplorer.grid),
          near: isoflopLaws.loss(law, best.N * 3, best.D / 3)}}; }}""",
        [id, C],
    )


@pytest.mark.parametrize(("id", "C"), POINTS)
def test_optimum_is_pythons(opened, id, C):
    row, found = catalogue.get(id), in_browser(opened.page, id, C)
    plan, best = row.at(C), found["best"]
    assert (best["N"], best["D"]) == pytest.approx((plan.N, plan.D), rel=1e-9)
    if row.kind == "allocation":
        assert plan.loss is None and math.isnan(best["loss"])
    else:
        assert best["loss"] == pytest.approx(plan.loss, rel=1e-9)
        assert found["near"] == pytest.approx(row.law.loss(plan.N * 3, plan.D / 3), rel=1e-9)


@pytest.mark.parametrize(("id", "C"), POINTS)
def test_bands_are_pythons(opened, id, C):
    """The interpolation is the same one, so that it adds nothing to the catalogue's own error."""
    wanted = catalogue.get(id).at(C).intervals
    bands = in_browser(opened.page, id, C)["bands"]
    assert {NAMES.get(k, k) for k in bands} == set(wanted)
    for name, ends in bands.items():
        assert ends == pytest.approx(wanted[NAMES.get(name, name)], rel=1e-9)


@pytest.mark.parametrize("id", ["refit", "hoffmann3", "llama3"])
@pytest.mark.parametrize("T", [1e10, 1e12, 1e14])
def test_serving_is_pythons(opened, id, T):
    law, C = catalogue.get(id).law, 1e22
    best = law.optimum(C)
    wanted = planning.with_serving(float(best.loss), law, T)
    found = opened.page.evaluate(
        f"([id, L, T, N]) => isoflopLaws.withServing({LAW}, L, T, N)",
        [id, float(best.loss), T, float(best.N)],
    )
    assert found["total"] == pytest.approx(wanted.total, rel=1e-9)
    assert found["N"] == pytest.approx(wanted.N, rel=1e-4)  # a minimum is flat at its bottom


def test_valley_has_its_bottom_at_the_optimum(opened):
    for id in ("refit", "besiroglu", "hoffmann3", "llama3", "marin"):
        best = catalogue.get(id).law.optimum(1e22)
        valley = opened.page.evaluate(
            f"([id, N]) => isoflopLaws.valley({LAW}, 1e22, N / 10, N * 10, 2001)", [id, best.N]
        )
        bottom = int(np.argmin(valley["loss"]))
        assert valley["N"][bottom] == pytest.approx(best.N, rel=3e-3)
        assert valley["loss"][bottom] == pytest.approx(best.loss, rel=1e-6)


def test_budget_from_cards(page):
    from isoflop import published

    go(page, "gpu=a100&n=1000&days=10&u=0.4")
    wanted = published.A100_BF16_PEAK * 1000 * 10 * 86400 * 0.4
    assert state(page)["c"] == pytest.approx(wanted, rel=1e-9)
    assert f"{wanted:.2e}".replace("e+", "e") in spoken(page)


# ---------- The address ----------


def test_share_link_brings_the_state_back(visit, server, page):
    page.locator("#explorer-law").select_option("kaplan")
    page.locator("#explorer-c").fill("3e23")
    page.locator("#explorer-c").press("Tab")
    page.locator("#explorer-t").fill("1e12")
    page.locator("#explorer-t").press("Tab")
    page.locator('[data-toggle="models"]').click()
    page.locator('[data-action="copy"]').click()
    page.wait_for_timeout(300)
    again = visit(page.evaluate("location.href"))
    assert state(again.page) == state(page)
    assert state(page) | {"c": 3e23, "law": "kaplan", "t": 1e12, "models": 0} == state(page)
    assert spoken(again.page) == spoken(page)
    again.page.close()


@pytest.mark.parametrize(
    "hostile",
    [
        "c=1e99&law=__proto__",
        "c=-1&law=constructor&gpu=toString",
        "law=<img src=x onerror=alert(1)>&c=<script>",
        "c=NaN&t=Infinity&n=0&days=-3&u=7&all=x",
        "gpu=h100&n=10000000&days=3650&u=1",
        "c=0x10&c=1e22&law[]=refit&%E0%A4%A",
        "&&&===" + "a" * 5000,
    ],
)
def test_hostile_addresses_change_nothing(opened, hostile):
    page = opened.page
    go(page, hostile)
    start = page.evaluate("window.isoflopState.START")
    assert state(page) == start
    assert page.locator("#explorer img, #explorer script").count() == 0


def test_bad_number_is_named_and_kept_out(page):
    before = spoken(page)
    box = page.locator("#explorer-c")
    for text in ("lots", "1e30", "-5", ""):
        box.fill(text)
        box.press("Tab")
        assert box.get_attribute("aria-invalid") == "true"
        assert "1e22" in page.locator(".explorer-problem").inner_text()
    page.wait_for_timeout(300)
    assert spoken(page) == before


# ---------- What it says ----------


def test_says_how_big_and_how_sure(page):
    plan = catalogue.get("refit").at(1e22)
    page.locator('[data-set-lang="en"]').click()
    text = spoken(page)
    assert f"{plan.N / 1e9:.3g} billion parameters" in text and "95% band" in text
    assert "left out" in text and f"D/N = {plan.tokens_per_parameter:.1f}" in text
    page.locator('[data-set-lang="zh"]').click()
    assert "95%区间" in spoken(page) and "没有算入" in spoken(page)


def test_says_extrapolated_and_unpublished(page):
    page.locator('[data-set-lang="en"]').click()
    go(page, "c=1e26&law=kaplan")
    assert "extrapolated" in spoken(page) and "No interval is published" in spoken(page)
    rows = page.locator(".explorer-compare tbody tr")
    assert rows.count() == len(catalogue.ids())
    assert page.locator(".explorer-compare tr[aria-current]").get_attribute("data-law") == "kaplan"
    go(page, "c=1e20&law=refit")
    assert "extrapolated" not in spoken(page)
    page.locator('[data-set-lang="zh"]').click()


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_each_language_is_whole(page, language):
    page.locator(f'[data-set-lang="{language}"]').click()
    page.locator('[data-toggle="all"]').focus()
    text = page.locator("#explorer").inner_text()
    options = page.locator("#explorer-law option").all_inner_texts()
    labels = page.eval_on_selector_all("#explorer [aria-label]", "e => e.map((x) => x.ariaLabel)")
    if language == "en":
        assert not [t for t in (text, *options, *labels) if CJK.search(t)]
    elif language == "zh":
        assert not [t for t in (*options, *labels) if not CJK.search(t)]
        assert " | " not in text
    else:
        assert CJK.search(text) and "parameters" in text
    page.locator('[data-set-lang="zh"]').click()


# ---------- Keyboard, width, no script, disk, Plotly ----------


def test_keyboard_alone(page):
    page.locator("#explorer-slider").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert state(page)["c"] == pytest.approx(1e23, rel=1e-3)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "explorer-c"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert state(page)["law"] == "besiroglu"
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(e => e.id || e.dataset.toggle || e.dataset.action || e.tagName)"
                "(document.activeElement)"
            )
        )
    assert {"explorer-t", "SUMMARY", "all", "models", "plotly", "copy"} <= reached
    button = page.locator('[data-toggle="models"]')
    button.focus()
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "false" and state(page)["models"] == 0


def test_fits_a_phone(visit, server):
    notes = visit(f"{server}/{PAGE}#c=1e26&t=1e12&gpu=")
    notes.page.set_viewport_size({"width": 420, "height": 800})
    for language in ("zh", "en", "both"):
        notes.page.evaluate("scrollTo(0, 0)")
        notes.page.locator(f'[data-set-lang="{language}"]').click()
        assert notes.page.evaluate("document.documentElement.scrollWidth") <= 420
    notes.page.close()


def test_useful_without_javascript(visit, server):
    notes = visit(f"{server}/{PAGE}", javascript=False)
    table = notes.page.locator(".explorer-static")
    assert table.is_visible() and notes.page.locator(".explorer-still img").is_visible()
    assert notes.page.evaluate("document.querySelector('.explorer-still img').naturalWidth") > 100
    text = table.inner_text()
    for id in catalogue.ids():
        mantissa, exponent = f"{catalogue.get(id).at(1e22).N:.2e}".split("e")
        assert f"{mantissa}e{int(exponent)}" in text
    assert notes.page.locator("#explorer input").count() == 0
    notes.page.close()


def test_from_disk_with_plotly(visit, site):
    notes = visit((site / PAGE).as_uri() + "#c=1e21&law=marin")
    page = notes.page
    assert state(page)["law"] == "marin" and page.locator("#explorer svg").count() == 2
    page.locator('[data-action="plotly"]').click()
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20000)
    assert notes.errors == [] and notes.failed == [] and notes.outside == []
    page.close()


def test_plotly_only_when_asked_for(visit, server):
    notes = visit(f"{server}/{PAGE}")
    page, asked = notes.page, []
    page.on("request", lambda r: asked.append(r.url))
    loaded = "performance.getEntriesByType('resource').filter((r) => r.name.includes('plotly.min'))"
    page.locator("#explorer-law").select_option("hoffmann1")
    assert page.evaluate(f"{loaded}.length") == 0 and page.evaluate("!window.Plotly")
    button = page.locator('[data-action="plotly"]')
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20000)
    assert button.get_attribute("aria-pressed") == "true"
    assert [url for url in asked if url.endswith("/_static/plotly/plotly.min.js")] == asked
    assert notes.outside == [] and notes.errors == []
    button.click()
    assert page.locator(".js-plotly-plot .main-svg").count() == 0
    assert page.locator("#explorer .drawing > svg").count() == 2
    page.close()


def test_on_paper(page):
    """Its title, result, figures and table; nothing to press."""
    page.emulate_media(media="print")
    try:
        shown = {
            what: page.locator(what).first.is_visible()
            for what in (
                "article h1", ".explorer-result", ".explorer-figures svg", ".explorer-compare",
                ".explorer-controls", ".lang-toggle",
            )
        }  # fmt: skip
        assert [what for what, seen in shown.items() if not seen] == [
            ".explorer-controls", ".lang-toggle",
        ]  # fmt: skip
    finally:
        page.emulate_media(media="screen")
