"""What lies in the built site: links that lead somewhere, nothing from elsewhere, no buttons
that lead nowhere. No browser needed."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from site_pages import docnames

LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


@pytest.fixture(scope="module")
def pages(site):
    return {
        name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        for name in docnames()
    }


def test_links_lead_somewhere(site, pages):
    anchors = {
        (site / f"{name}.html").resolve(): {e["id"] for e in soup.select("[id]")}
        for name, soup in pages.items()
    }
    broken = []
    for name, soup in pages.items():
        here = (site / f"{name}.html").resolve()
        for link in soup.select("a[href]"):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc:
                continue
            target = (here.parent / unquote(parts.path)).resolve() if parts.path else here
            wanted = unquote(parts.fragment)
            if not target.is_file() or (wanted and wanted not in anchors.get(target, {wanted})):
                broken.append(f"{name}: {link['href']}")
    assert broken == []


def test_ids_are_unique_and_ascii(pages):
    for name, soup in pages.items():
        ids = [e["id"] for e in soup.select("article [id]")]
        assert len(ids) == len(set(ids)), name
        assert all(i.isascii() for i in ids), name


def test_nothing_is_loaded_from_elsewhere(pages):
    for name, soup in pages.items():
        for tag, attribute in LOADS.items():
            for element in soup.find_all(tag, attrs={attribute: re.compile(r"^(https?:)?//")}):
                assert "canonical" in element.get("rel", []), f"{name}: {element}"


def test_no_button_without_a_repository(pages, request):
    config = (request.config.rootpath / "_config.yml").read_text(encoding="utf-8")
    if 'url: ""' not in config:
        pytest.skip("the repository has an address")
    for name, soup in pages.items():
        for link in soup.select(".article-header-buttons a[href]"):
            assert not urlsplit(link["href"]).netloc, f"{name}: {link}"


def test_titles_and_descriptions(pages):
    titles = [soup.title.get_text() for soup in pages.values()]
    assert len(titles) == len(set(titles))
    for name, soup in pages.items():
        assert soup.title["data-zh"] and soup.title["data-en"], name
        if name.startswith("notebooks/"):
            assert soup.find("meta", attrs={"name": "description"}), name


def test_chapters_carry_their_own_number(pages):
    for name, soup in pages.items():
        if match := re.match(r"notebooks/(\d+)_", name):
            number = soup.select_one("h1 .section-number").get_text()
            assert f"第 {int(match[1])} 章" in number


def test_formulas_bring_fonts_and_no_script(site):
    static = site / "_static"
    fonts = set(re.findall(r'url\("([^"]+)"\)', (static / "maths.css").read_text(encoding="utf-8")))
    assert len(fonts) > 10 and all((static / font).is_file() for font in fonts)
    assert not list((static / "mathjax").rglob("*.js"))
