"""What a chapter costs a reader: bytes on first load, no maths script, nothing that jumps."""

import gzip
import re

import pytest
from bs4 import BeautifulSoup
from site_pages import docnames

CHAPTERS = [name for name in docnames() if name.startswith("notebooks/")]
LIMIT = 500_000  # bytes with gzip on first load, maths and fonts apart
SHIFTS = """new Promise((done) => {
  let sum = 0;
  const count = (e) => { if (!e.hadRecentInput) sum += e.value; };
  const seen = (list) => list.getEntries().forEach(count);
  new PerformanceObserver(seen).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})"""


def squeezed(path):
    body = path.read_bytes()
    return len(body) if path.suffix in (".png", ".webp", ".woff2") else len(gzip.compress(body, 6))


def loads(site, name):
    """The files a page asks for on first load, fonts and the formulas' style sheet apart."""
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    found = [n["src"] for n in soup.select("script[src], img[src]")]
    found += [n["href"] for n in soup.select('link[rel="stylesheet"]')]
    paths = {((site / name).parent / re.sub(r"[?#].*", "", address)).resolve() for address in found}
    return soup, {path for path in paths if path.name != "maths.css"}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_light(site, name):
    soup, files = loads(site, name)
    for container in soup.select("mjx-container"):
        container.decompose()  # maths is weighed apart
    total = len(gzip.compress(str(soup).encode(), 6)) + sum(map(squeezed, files))
    assert total <= LIMIT, f"{name}: {total / 1e3:.0f} KB, of which {sorted(map(squeezed, files))}"
    assert not [path for path in files if "fontawesome" in path.as_posix()]
    assert not [path for path in files if path.suffix == ".js" and "mathjax" in path.as_posix()]
    assert not [path for path in files if "plotly.min" in path.name]


@pytest.mark.parametrize("name", CHAPTERS)
def test_pictures_say_their_size(site, name):
    soup = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    unsized = [img["src"] for img in soup.select("article img") if not img.get("width")]
    assert not unsized


@pytest.mark.parametrize("width", [1280, 420])
def test_nothing_jumps(server, browser, width):
    context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{server}/notebooks/07_profiles.html")
    page.wait_for_load_state("load")
    assert page.evaluate(SHIFTS) < 0.02
    context.close()


def test_formulas_stand_without_a_script(visit, server):
    seen = visit(f"{server}/notebooks/07_profiles.html?lang=en", javascript=False)
    page = seen.page
    assert page.locator("script[src*=mathjax]").count() == 0
    assert page.locator("article mjx-container").count() > 200
    assert page.locator("article mjx-assistive-mml math").first.count() == 1
    assert "\\(" not in page.locator("article").inner_text()
