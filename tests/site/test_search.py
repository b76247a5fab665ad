"""Search: Chinese and English words hit, nonsense does not, from a server and from disk."""

import re
from urllib.parse import quote, urljoin

import pytest

LINKS = "#search-results .search-title a"


def hits(page):
    return [a.get_attribute("href") for a in page.locator(LINKS).all()]


@pytest.mark.parametrize("place", ["server", "disk"])
@pytest.mark.parametrize("word", ["计算最优", "等算力曲线", "compute-optimal", "profile"])
def test_hits(visit, server, site, place, word):
    base = f"{server}/" if place == "server" else f"{site.as_uri()}/"
    notes = visit(f"{base}search.html?q={quote(word)}&lang=zh")
    found = hits(notes.page)
    assert found and notes.errors == []
    target = urljoin(base, found[0])
    notes.page.goto(target)
    text = notes.page.evaluate("document.querySelector('article').textContent").lower()
    assert word in text
    notes.page.close()


def test_title_comes_first(visit, server):
    notes = visit(f"{server}/search.html?q={quote('等算力曲线')}")
    assert "07_profiles" in hits(notes.page)[0]


def test_every_word_is_required(visit, server):
    notes = visit(f"{server}/search.html?q=profile")
    one = len(hits(notes.page))
    notes = visit(f"{server}/search.html?q=profile+zzzzqqqq")
    assert one and hits(notes.page) == []


@pytest.mark.parametrize("word", ["qwxyzzy", "麒麟饕餮"])
def test_nonsense(visit, server, word):
    notes = visit(f"{server}/search.html?q={quote(word)}")
    assert hits(notes.page) == []
    assert "没有" in notes.page.locator("#search-status").inner_text()


def test_titles_in_the_readers_language(visit, server):
    notes = visit(f"{server}/search.html?q={quote('计算最优')}&lang=en")
    names = [a.inner_text() for a in notes.page.locator(LINKS).all()]
    assert names and not any(re.search(r"[\u3400-\u9fff]", name) for name in names)
    notes.page.locator('[data-set-lang="zh"]').click()
    names = [a.inner_text() for a in notes.page.locator(LINKS).all()]
    assert any(re.search(r"[\u3400-\u9fff]", name) for name in names)


def test_box_in_the_sidebar_leads_there(visit, server):
    notes = visit(f"{server}/book/reading.html?lang=zh")
    notes.page.locator(".bd-sidebar-primary .search-button__button").click()
    field = notes.page.locator(".search-button__search-container input[name=q]")
    field.fill("计算最优")
    field.press("Enter")
    notes.page.wait_for_url("**/search.html*")
    notes.page.wait_for_selector(LINKS)
    assert hits(notes.page)
