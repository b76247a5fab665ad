"""Search: Chinese and English words hit, nonsense does not, from a server and from disk."""

import re
from urllib.parse import quote, urljoin

import pytest

LINKS = "#search-results .search-title a"


def ask(visit, server, query, language):
    """The search page with its results, or with its word on there being none."""
    notes = visit(f"{server}/search.html?q={quote(query)}&lang={language}")
    notes.page.wait_for_selector(f"{LINKS}, #search-hints li")
    return notes.page


def hits(page):
    return [a.get_attribute("href") for a in page.locator(LINKS).all()]


@pytest.mark.parametrize("place", ["server", "disk"])
@pytest.mark.parametrize("word", ["计算最优", "等算力曲线", "compute-optimal", "profile"])
def test_hits(visit, server, site, place, word):
    base = f"{server}/" if place == "server" else f"{site.as_uri()}/"
    notes = visit(f"{base}search.html?q={quote(word)}&lang=zh")
    notes.page.wait_for_selector(LINKS)
    found = hits(notes.page)
    assert found and notes.errors == []
    target = urljoin(base, found[0])
    notes.page.goto(target)
    text = notes.page.evaluate("document.querySelector('article').textContent").lower()
    assert word in text
    notes.page.close()


@pytest.mark.parametrize(
    ("language", "query", "first"),
    [
        ("zh", "等算力曲线", "07_profiles"),  # in the title
        ("zh", "包络", "06_envelope"),
        ("zh", "幂律", "03_power_laws"),
        ("zh", "损失曲面", "08_surface"),
        ("zh", "教师指南", "teaching"),
        ("zh", "自助法", "09_uncertainty"),  # in a heading
        ("zh", "缩放定律", "glossary"),  # a name that this book does not use
        ("zh", "Huber", "08_surface"),
        ("en", "IsoFLOP profiles", "07_profiles"),
        ("en", "envelope", "06_envelope"),
        ("en", "power law", "03_power_laws"),
        ("en", "loss surface", "08_surface"),
        ("en", "notation", "notation"),
        ("en", "bootstrap", "09_uncertainty"),
        ("en", "utilization", "glossary"),
        ("en", "why did the two papers disagree", "10_disagreement"),
        ("en", "where does the valley come from", "07_profiles"),
    ],
)
def test_comes_first(visit, server, language, query, first):
    page = ask(visit, server, query, language)
    assert first in hits(page)[0]
    page.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("zh", "en"), [("等算力曲线", "isoFLOP profile"), ("自助法", "bootstrap"), ("词元", "tokens")]
)
def test_either_name_of_a_term(visit, server, language, zh, en):
    found = []
    for name in (zh, en):
        page = ask(visit, server, name, language)
        found.append(hits(page))
        page.close()
    assert found[0] == found[1] != []


def test_title_heading_term_text(visit, server):
    """On the way down the list, where a page has the word never gets better."""
    page = ask(visit, server, "包络", "zh")
    places = page.evaluate(
        """() => {
          const { terms, rank } = window.searchRank;
          const asked = terms("包络");
          return rank(asked, "zh").map(({ page }) => page.sections.reduce((best, s) =>
            Math.max(best, asked[0].names.some((n) => s.head.includes(n))
              ? { title: 4, heading: 3, term: 2 }[s.kind] : 1), 0));
        }"""
    )
    assert places == sorted(places, reverse=True) and len(set(places)) >= 3
    page.close()


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_excerpts_in_the_readers_language(visit, server, language):
    page = ask(visit, server, "等算力曲线", language)
    languages = page.eval_on_selector_all(".search-excerpt", "all => all.map((e) => e.lang)")
    wanted = {"zh": {"zh-CN"}, "en": {"en"}, "both": {"zh-CN", "en"}}[language]
    assert set(languages) == wanted and page.locator(".search-excerpt mark").count()
    page.close()


def test_a_long_run_of_chinese_is_split(visit, server):
    page = ask(visit, server, "重复数据", "zh")
    assert any("12_planning" in address for address in hits(page))
    page.close()


@pytest.mark.parametrize(("language", "word"), [("zh", "分开来找"), ("en", "Try them apart")])
def test_nothing_found_says_what_to_do(visit, server, language, word):
    page = ask(visit, server, "qwxyzzy 损失", language)
    assert hits(page) == [] and word in page.locator("#search-status").inner_text()
    links = page.eval_on_selector_all("#search-hints a", "all => all.map((a) => a.href)")
    assert any("glossary.html" in link and "#term-" in link for link in links)
    assert any("book/index.html" in link for link in links)
    page.locator("#search-hints a").first.click()
    page.wait_for_selector(LINKS)
    page.close()


def test_the_text_comes_with_the_first_query(visit, server):
    asked = []
    notes = visit(f"{server}/search.html")
    notes.page.on("request", lambda request: asked.append(request.url))
    assert not notes.page.evaluate("'searchText' in window")
    notes.page.locator("article input[name=q]").fill("损失")
    notes.page.keyboard.press("Enter")
    notes.page.wait_for_selector(LINKS)
    assert sum("search-text.js" in address for address in asked) == 1
    notes.page.close()


def test_every_word_is_required(visit, server):
    assert hits(ask(visit, server, "profile", "zh"))
    assert hits(ask(visit, server, "profile zzzzqqqq", "zh")) == []


@pytest.mark.parametrize("word", ["qwxyzzy", "麒麟饕餮"])
def test_nonsense(visit, server, word):
    page = ask(visit, server, word, "zh")
    assert hits(page) == []
    assert "没有" in page.locator("#search-status").inner_text()


@pytest.mark.parametrize(
    ("language", "sentence", "chapter"),
    [
        ("zh", "算力翻一倍，数据也要翻一倍", "07_profiles"),
    ],
)
def test_a_sentence_leads_to_the_nearest_places(visit, server, language, sentence, chapter):
    page = ask(visit, server, sentence, language)
    assert any(chapter in address or "13_claims" in address for address in hits(page)[:5])
    told = page.locator("#search-status").inner_text()
    assert "最接近" in told or "nearest" in told
    page.close()


def test_titles_in_the_readers_language(visit, server):
    page = ask(visit, server, "计算最优", "en")
    names = [a.inner_text() for a in page.locator(LINKS).all()]
    assert names and not any(re.search(r"[\u3400-\u9fff]", name) for name in names)
    page.locator('[data-set-lang="zh"]').click()
    names = [a.inner_text() for a in page.locator(LINKS).all()]
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
