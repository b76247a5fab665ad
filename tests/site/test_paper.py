"""`make pdf`: the book in each language as one document, with page numbers that are right."""

import re

import pytest
import yaml
from paper import ROOT, WORDS, anchor, book_pages, document, own
from pdf_text import LOOKALIKE, mended
from print_pdf import make, targets
from pypdf import PdfReader

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
EXERCISES = yaml.safe_load((ROOT / "book" / "exercises.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["zh", "en"])
def paper(request, site, browser, tmp_path_factory):
    """(language, path, reader, {number: text}) of the printed book: first pages, every eighth."""
    path = make(browser, site, request.param, tmp_path_factory.mktemp("pdf"))
    reader, where = PdfReader(path), targets(path)
    numbers = {1, 2, where["solutions"], *range(3, len(reader.pages) + 1, 8)}
    numbers |= {where[anchor(page.name)] for page in book_pages(site)}
    texts = {n: reader.pages[n - 1].extract_text() for n in sorted(numbers)}
    return request.param, path, reader, texts


def squeezed(text):
    return re.sub(r"\s+", "", text)


def test_cover_contents_and_numbers(paper, site):
    language, path, reader, texts = paper
    title = own(CONFIG["title"], language)
    assert reader.metadata.title == title
    assert squeezed(re.split("：|: ", title)[0]) in squeezed(texts[1])
    contents = texts[2].splitlines()
    where = targets(path)
    for page in book_pages(site):
        number = where[anchor(page.name)]
        line = next(line for line in contents if re.search(rf"\s{number}$", line))
        name = squeezed(re.sub(rf"\s{number}$", "", line))
        assert name in squeezed(texts[number]), f"{page.name}: {line} is not on its page"
    assert re.search(rf"\s{where['solutions']}$", texts[2], re.M)


def test_every_page_but_the_cover_has_its_number(paper):
    texts = dict(paper[3])
    assert "1" not in texts.pop(1).splitlines()
    for number, text in texts.items():
        assert str(number) in text.splitlines()[:3], f"page {number}: {text[:80]!r}"


def fonts(reader):
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            yield from (d.get_object() for d in font.get("/DescendantFonts", [font]))


def test_fonts_are_embedded_and_text_can_be_copied(paper):
    language, _, reader, texts = paper
    for font in fonts(reader):
        descriptor = font.get("/FontDescriptor")
        if font["/Subtype"] != "/Type3":  # whose glyphs are drawings inside the file
            keys = set(descriptor.get_object()) if descriptor else set()
            assert keys & {"/FontFile", "/FontFile2", "/FontFile3"}, font
    text = squeezed("".join(texts.values()))
    assert ("等算力曲线" if language == "zh" else "isoflopprofile") in text.lower()
    assert not LOOKALIKE.search(text)


def test_one_language_no_switch_all_solutions(site):
    for language in WORDS:
        html = document(site, language)
        other = "en" if language == "zh" else "zh"
        assert f'class="lang-{other}"' not in html and "lang-toggle" not in html
        last = html.partition('id="solutions"')[2]
        assert last.count('class="solution') == len(EXERCISES)
        assert 'class="solution' not in html.partition('id="solutions"')[0]


def test_links_lead_inside(site):
    html = document(site, "en")
    identifiers = set(re.findall(r' id="([^"]+)"', html))
    lost = {t for t in re.findall(r'href="#([^"]+)"', html) if t not in identifiers}
    assert not lost


def test_a_missing_page_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        book_pages(tmp_path)


def test_look_alikes_are_mended():
    table = (
        b"head\n2 beginbfchar\n<01> <2F12>\n<02> <FB02>\nendbfchar\n"
        b"1 beginbfrange\n<05> <06> <0041>\nendbfrange\ntail"
    )
    lines = mended(table).decode().split("\n")
    assert {"<01> <529B>", "<02> <0066006C>", "<05> <0041>", "<06> <0042>"} < set(lines)
    assert lines[0] == "head" and lines[-1] == "tail"
    assert mended(table.replace(b"2F12", b"529B").replace(b"FB02", b"0066")) is None
