"""Two languages on one page, the HTML side: one pass over each finished page.

- ``中文 | English`` becomes two spans and the theme's words get their Chinese: see `pairs`;
- the language switch, the script that picks the language before anything is drawn, the page's
  description and its title in both languages are written into the page;
- what the theme would build by script after loading (buttons, folded solutions) is built here,
  so that pages work without JavaScript and nothing moves once it runs.
"""

import re
from pathlib import Path

import icons
import typeset
from bs4 import BeautifulSoup, NavigableString
from pairs import LANGS, SEPARATOR, classes, separator, span, split_pairs, theme_words
from spacing import tighten

STATIC = Path(__file__).resolve().parents[1] / "_static"
PUNCTUATION = re.compile(r"[,.;:!?)\]’”、，。；：！？）》」]+")
SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "approx": "≈",
    "times": "×",
    "cdot": "·",
    "propto": "∝",
    "le": "≤",
    "ge": "≥",
    "to": "→",
    "ast": "*",
    "star": "*",
}
TOGGLE = """
<div class="lang-toggle" role="group" aria-label="语言 | Language">
<button type="button" data-set-lang="zh" lang="zh-CN" aria-pressed="false">中文</button>
<button type="button" data-set-lang="en" lang="en" aria-pressed="false">English</button>
<button type="button" data-set-lang="both" aria-pressed="true"
 title="同时显示中文和英文 | Show Chinese and English together"><span class="lang-zh"
 lang="zh-CN">双语</span><span class="lang-en" lang="en">Both</span></button>
</div>"""


def bilingual_page(html, passes=()):
    """The finished page, with both languages marked; ``passes`` are other extensions' wishes."""
    soup = BeautifulSoup(html, "html.parser")
    soup.html["lang"], soup.html["data-lang"] = "zh-CN", "both"
    soup.html["data-theme"] = "light"  # without JavaScript; the theme's script sets it otherwise
    _static_buttons(soup)
    _plain_maths_in_navigation(soup)
    _keep_punctuation(soup)
    _chapter_number(soup)
    _fold_solutions(soup)
    _fold_values(soup)
    split_pairs(soup)
    theme_words(soup)
    _short_cells(soup)
    _tidy(soup)
    _head(soup)
    header = soup.select_one(".article-header-buttons")
    if header:
        header.insert(0, BeautifulSoup(TOGGLE, "html.parser"))
    for change in passes:
        change(soup)
    tighten(soup)
    icons.draw(soup)
    formulas = typeset.take_out(soup)
    return typeset.put_in(str(soup), formulas)


SUPERSCRIPT = str.maketrans("-0123456789ab", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇ")


def plain_maths(tex):
    """A short formula as plain text: ``C \\approx 6ND`` becomes C ≈ 6ND."""
    tex = re.sub(r"^\\\(|\\\)$", "", tex.strip())
    tex = re.sub(r"\^\{?(-?\d+|[ab]\b)\}?", lambda m: m[1].translate(SUPERSCRIPT), tex)
    tex = re.sub(r"\\([a-zA-Z]+)", lambda m: SYMBOLS.get(m[1], ""), tex)
    return re.sub(r"[{}^\\]", "", tex)


def _plain_maths_in_navigation(soup):
    """Formulas in contents and page links as text: drawn at once in any font."""
    for maths in soup.select("span.math"):
        if maths.find_parent("article") and not maths.find_parent(class_="toctree-wrapper"):
            continue
        maths.name, maths["class"] = "i", ["plain-math"]
        maths.string = plain_maths(maths.get_text())


def _keep_punctuation(soup):
    """A comma or full stop after a formula stays on the formula's line."""
    for maths in soup.select("article span.math"):
        after = maths.next_sibling
        if type(after) is not NavigableString or not (mark := PUNCTUATION.match(after)):
            continue
        maths.wrap(soup.new_tag("span", attrs={"class": "keep"})).append(mark[0])
        after.replace_with(after[mark.end() :])


def _chapter_number(soup):
    """A chapter's number above its title, in words: 第 7 章, Chapter 7."""
    for number in soup.select("h1 > .section-number"):
        digits = re.sub(r"\D", "", number.get_text())
        number.clear()
        number.append(span(soup, "zh", [NavigableString(f"第 {digits} 章")]))
        number.append(separator(soup, " · "))
        number.append(span(soup, "en", [NavigableString(f"Chapter {digits}")]))
    for number in soup.select(".prev-next-title .section-number"):
        number["class"] = ["toc-number"]
        number.string = number.get_text().strip(" .")


def _static_buttons(soup):
    """Buttons the theme would write by script become part of the page, shown with JavaScript."""
    for script in soup.find_all("script", string=re.compile(r"document\.write\(`")):
        inner = re.search(r"document\.write\(`(.*?)`\)", script.string, re.S)[1]
        parsed = BeautifulSoup(inner, "html.parser")
        for button in parsed.find_all("button", recursive=False):
            button["class"] = button.get("class", []) + ["needs-js"]
            button["type"] = "button"
        script.replace_with(parsed)


def _fold_solutions(soup):
    """Folded admonitions as <details>: they work without JavaScript and do not jump shut."""
    for link in soup.select(".solution > .admonition-title a"):
        link.unwrap()  # a link inside the title would fight with unfolding
    for box in soup.select("div.admonition.dropdown"):
        title = box.find("p", class_="admonition-title", recursive=False)
        if title is None:
            continue
        box.name, title.name = "details", "summary"
        if "toggle-shown" in classes(box):
            box["open"] = ""
    soup.smooth()


_NAMED_VALUE = re.compile(r"b\d\d-[\w.-]+ = ")


def _fold_values(soup):
    """The ``name = value`` lines the prose quotes go with the folded code that printed them.

    Only where a cell prints nothing else: a figure, a table or a note stays in sight.
    """
    for cell in soup.select("div.cell.tag_hide-input"):
        code = cell.find("details", recursive=False)
        outputs = cell.select(":scope > .cell_output")
        shown = [part for output in outputs for part in output.find_all(recursive=False)]
        values = [_NAMED_VALUE.match(line) for part in shown for line in _lines(part)]
        if code and values and all(values):
            for output in outputs:
                code.append(output.extract())


def _lines(part):
    return part.get_text().strip().splitlines() if "stream" in classes(part) else [""]


def _short_cells(soup):
    """Marks table cells of few Chinese characters: they would rather break than make room."""
    for cell in soup.select("article :is(th, td)"):
        text = "".join(part.get_text(strip=True) for part in cell.select(".lang-zh") or [cell])
        if 1 < len(text) <= 6:
            cell["class"] = [*cell.get("class", []), "short"]


def _tidy(soup):
    """Small repairs of the theme's HTML: names for controls, ids once, tables in a box."""
    for part in soup.select(".cell_output > .output.stream"):
        if not part.get_text(strip=True):  # a last line break that the kernel sent on its own
            part.decompose()
    head_leftovers = "link[as], script[src*=fontawesome], meta[name=viewport] ~ meta[name=viewport]"
    for leftover in soup.select(f"#jb-print-docs-body, .component-author, {head_leftovers}"):
        leftover.decompose()
    for link in soup.select("link[rel=next], link[rel=prev]"):
        del link["title"]
    for box in soup.select("section#solution-content, section#exercise-content"):
        del box["id"]  # one id for every exercise and solution of the page
        box.name = "div"
    for link in soup.select('.cell_output a[href*=".ipynb"]'):
        link["href"] = link["href"].replace(".ipynb", ".html")  # as in Jupyter, so on the site
    for checkbox in soup.select("input.sidebar-toggle"):
        checkbox["aria-hidden"], checkbox["tabindex"] = "true", "-1"
    for control in soup.select("button[title], a.btn[title]"):
        if not control.get("aria-label") and not control.get_text(strip=True):
            control["aria-label"] = control["title"]
    for button in soup.select(
        ".article-header-buttons > button, .article-header-buttons [onclick]"
    ):
        button["class"] = [*classes(button) - {"needs-js"}, "needs-js"]
    for summary in soup.select("summary[aria-label]"):
        del summary["aria-label"]  # it would hide the words that are there to be read
    for cell in soup.select("article th"):
        if not cell.get_text(strip=True) and not cell.find(True):
            cell.name = "td"  # the corner above a table's row names heads nothing
    for entry in soup.select(".citation-list, .citation-list [role]"):
        del entry["role"]  # deprecated, and wrong for the list that holds them
    brand = soup.select_one(".bd-sidebar-primary .navbar-brand")
    if brand:
        brand.parent["role"], brand.parent["aria-label"] = "region", "本书 | This book"
    for menu in soup.select("nav.page-toc"):
        menu["aria-label"] = "本页目录 | On this page"
    for table in soup.select("article table"):
        if not table.find_parent(class_="pst-scrollable-table-container"):
            table.wrap(soup.new_tag("div", attrs={"class": "pst-scrollable-table-container"}))


def _head(soup):
    """Title and description in both languages, and the script that picks one of them."""
    title = soup.head.title
    if title:
        page, dash, book = title.get_text().strip().partition(" — ")
        page = re.sub(r"^\d+\. ", "", page)
        # The first page has the book's own title, and says it once.
        names = list(dict.fromkeys(map(_plain_sides, (page, book) if dash else (page,))))
        title["data-zh"] = " — ".join(name[0] for name in names)
        title["data-en"] = " — ".join(name[1] for name in names)
        title.string = " — ".join(" | ".join(dict.fromkeys(name)) for name in names)
    _description(soup)
    script = soup.new_tag("script")
    script.string = (STATIC / "lang-head.js").read_text(encoding="utf-8")
    (title or soup.head.contents[0]).insert_after(script)
    if not soup.head.find("link", rel="icon"):  # or browsers ask for a favicon.ico there is not
        soup.head.append(soup.new_tag("link", rel="icon", href="data:,"))


def _plain(text):
    return re.sub(r"\\\(.*?\\\)", lambda m: plain_maths(m[0]), " ".join(text.split()))


def _plain_sides(text):
    """Both languages of a title, with its formulas as plain text."""
    sides = SEPARATOR.split(_plain(text), maxsplit=1)
    return (sides[0], sides[1]) if len(sides) == 2 else (sides[0], sides[0])


def _shortened(text, language):
    """The text, cut at a stop in Chinese and between two words in English where it is long."""
    limit = 80 if language == "zh" else 160
    if len(text) <= limit:
        return text
    if language == "zh":
        return re.match(r".*[，；：。？！]|.*", text[: limit - 1])[0].rstrip("，；：") + "……"
    return text[: limit - 1].rsplit(" ", 1)[0] + "…"


def _description(soup):
    """The first paragraph of the page, shortened, in both languages."""
    article = soup.select_one("article")
    if article is None or soup.find("meta", attrs={"name": "description"}):
        return
    texts = []
    for language in LANGS:
        first = article.select_one(f"div.lang-{language} p")
        text = _plain(first.get_text()) if first else ""
        texts.append(_shortened(text, language))
    if all(texts):
        meta = soup.new_tag("meta", attrs={"name": "description", "content": " | ".join(texts)})
        meta["data-zh"], meta["data-en"] = texts
        soup.head.append(meta)
