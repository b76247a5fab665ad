"""The foot, the page for missing pages, the card and each page's words about itself."""

import json
import subprocess

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from site_pages import ROOT, docnames

PAGE = "notebooks/07_profiles.html"


def parsed(site, name):
    return BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")


def test_descriptions(site):
    """Each page says in both languages what it is; hidden ones say that they are."""
    for name in [n for n in docnames() if n not in ("search", "book/references")]:
        meta = parsed(site, f"{name}.html").find("meta", attrs={"name": "description"})
        assert meta and meta["data-zh"] and meta["data-en"], name
        assert len(meta["data-zh"]) <= 82 and len(meta["data-en"]) <= 162, name
    for name in ("search", "404"):
        assert parsed(site, f"{name}.html").find("meta", attrs={"content": "noindex"}), name


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_address_with_a_language_has_its_title(visit, server, site, language):
    title = parsed(site, PAGE).title
    page = visit(f"{server}/{PAGE}?lang={language}", locale="fr-FR").page
    assert page.title() == title[f"data-{language}"]
    shown = page.locator("meta[name=description]").get_attribute("content")
    assert shown == page.locator("meta[name=description]").get_attribute(f"data-{language}")
    page.close()


def test_foot_on_every_page(site):
    entry = (site / "isoflop.bib").read_text(encoding="utf-8")
    assert (site / "CITATION.cff").read_bytes() == (ROOT / "CITATION.cff").read_bytes()
    for name in [*docnames(), "404"]:
        foot = parsed(site, f"{name}.html").select_one("footer.bd-footer-content")
        assert foot.select_one("details.cite:not([open]) pre").get_text() == entry, name
        assert foot.select_one("a[rel=license]"), name


def test_last_changed_is_gits(site):
    command = ["git", "log", "-1", "--format=%cs", "--", "book/data.md"]
    day = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    if not day:
        pytest.skip("not a git checkout")
    changed = parsed(site, "book/data.html").select(".page-changed time")
    assert {time["datetime"] for time in changed} == {day}


def test_citation_can_be_copied(visit, server, site):
    page = visit(f"{server}/{PAGE}?lang=en").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    summary = page.locator("details.cite summary")
    assert summary.inner_text().strip() == "Cite this book"
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("details.cite pre").hover()
    page.locator("details.cite .copybtn").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == (site / "isoflop.bib").read_text(encoding="utf-8").strip()
    page.close()


def test_card(site):
    card = site / "_static" / "social-card.png"
    assert Image.open(card).size == (1200, 630) and card.stat().st_size < 200_000


@pytest.mark.parametrize("address", ["nothing.html", "a/b/c/nothing.html?lang=en"])
def test_a_missing_page_is_whole_at_any_depth(visit, server, address):
    notes = visit(f"{server}/{address}")
    page = notes.page
    assert [url for url in notes.failed if "nothing" not in url] == [] and notes.outside == []
    word = "Page not found" if "en" in address else "没有这一页"
    assert page.locator("h1").inner_text().strip() == word
    assert page.locator("article .toctree-wrapper a").count() >= 13
    page.locator("article input[name=q]").fill("包络")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results a")
    page.go_back()
    page.locator("article .toctree-wrapper a").first.click()
    page.wait_for_url("**/book/reading.html*")
    page.close()


def test_a_missing_page_leads_somewhere(site):
    links = [a["href"] for a in parsed(site, "404.html").select("a[href^='/']")]
    assert len(links) > 30
    assert [link for link in links if not (site / link.split("#")[0][1:]).is_file()] == []


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_print(visit, server, language):
    page = visit(f"{server}/{PAGE}?lang={language}").page
    page.emulate_media(media="print")
    for side in ("zh", "en"):
        shown = page.locator(f"article div.lang-{side}").first.is_visible()
        assert shown == (language in (side, "both"))
    for frame in (".lang-toggle", ".bd-sidebar-primary", ".skip-link"):
        assert not page.locator(frame).is_visible(), frame
    page.close()


def test_ledger_stands_in_rows_on_a_phone(visit, server):
    """No sideways scrolling, and still a table for screen readers."""
    page = visit(f"{server}/notebooks/13_claims.html?lang=both").page
    page.set_viewport_size({"width": 420, "height": 800})
    box = page.evaluate(
        "(() => { const b = document.querySelector('table.claims').parentElement;"
        "return [b.scrollWidth, b.clientWidth]; })()"
    )
    assert box[0] <= box[1] + 1
    assert page.get_by_role("table").count() >= 1
    rows = page.locator("table.claims").get_by_role("row").count()
    assert rows == page.locator("table.claims tr").count() > 30
    page.close()


def test_search_text_names_every_term(site):
    text = (site / "_static" / "search-text.js").read_text(encoding="utf-8")
    found = json.loads(text.removeprefix("window.searchText=").rstrip(";\n"))
    assert all(term["names"] for term in found["terms"]) and len(found["terms"]) > 30
