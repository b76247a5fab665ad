"""The whole book on paper: one HTML document per language, made from the finished site.

Cover, contents, chapters in the order of the table of contents, solutions at the end. What only
makes sense on a screen (language switch, buttons, the code that draws a figure) is left out; links
between pages become links inside the document. `print_pdf` prints it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
SCREEN_ONLY = (
    ".headerlink, .copybtn, .lang-sep, .needs-js, .toctree-wrapper, .claims-filter, .claims-status,"
    " button, script, noscript, .prev-next-area, .prev-next-footer, .tag_hide-input > details"
)
NAMED_VALUE = re.compile(r"b\d\d-[\w.-]+ = ")
LEFT_OUT = ("book/explorer", "book/api")  # to be used on a screen
WORDS = {
    "zh": {
        "lang": "zh-CN",
        "contents": "目录",
        "solutions": "练习解答",
        "cover": "由网页版印成。画图的代码、运行的方法与可以动手的页面在网页版和仓库里。",
    },
    "en": {
        "lang": "en",
        "contents": "Contents",
        "solutions": "Solutions to the exercises",
        "cover": "Printed from the website. The code that draws the figures, ways to run it and the"
        " pages to play with are on the site and in the repository.",
    },
}


@dataclass(frozen=True)
class Page:
    """One page of the site: its name without ``.html`` and the part that it opens, if any."""

    name: str
    part: str | None


@dataclass(frozen=True)
class Entry:
    """One line of the contents: a part (no target) or a chapter; sections are PDF bookmarks."""

    title: str
    target: str | None


def book_pages(site, root=ROOT):
    """The site's pages in reading order, less those that only work on a screen."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = [Page(toc["root"], None)]
    for part in toc["parts"]:
        caption = part["caption"]
        for chapter in part["chapters"]:
            found.append(Page(chapter["file"], caption))
            caption = None
    kept = [page for page in found if not page.name.startswith(LEFT_OUT)]
    missing = [page.name for page in kept if not (site / f"{page.name}.html").is_file()]
    if missing:
        raise FileNotFoundError(f"{site} has no {missing[0]}.html: run `make book` first")
    return kept


def own(text, language):
    """One language's side of ``中文 | English``."""
    zh, separator, en = text.partition(" | ")
    return (zh if language == "zh" else en) if separator else text


def anchor(page, identifier=""):
    """An id that is unique in the whole document: the page's name, then its own id."""
    return re.sub(r"[^\w-]+", "-", f"{page}--{identifier}" if identifier else page)


def chapter(site, page, language, names):
    """A page's article as paper wants it, and its solutions, taken out of it."""
    soup = BeautifulSoup((site / f"{page.name}.html").read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article")
    article["id"] = ""
    for node in article.select(f"{SCREEN_ONLY}, .lang-{'en' if language == 'zh' else 'zh'}"):
        if not node.decomposed:
            node.decompose()
    _local_addresses(article, page.name, names)
    _open(article)
    _drop_values(article)
    _drop_empty(article)
    _lead_on(article)
    for picture in article.select("[alt], [aria-label], [title]"):
        for name in ("alt", "aria-label", "title"):
            if picture.get(name):
                picture[name] = own(picture[name], language)
    solutions = [box.extract() for box in article.select("details.solution")]
    for box in solutions:
        box.name = "section"
        box.summary.name = "h3"
    return article, solutions


def _local_addresses(article, page, names):
    """Ids made unique, links to the book's other pages made links inside the document."""
    for node in article.select("[id]"):
        node["id"] = anchor(page, node["id"])
    folder = Path(page).parent
    for node in article.select("[src]"):
        node["src"] = _resolved(folder, node["src"])
    for link in article.select("a[href]"):
        address, _, identifier = link["href"].partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        target = page if not address else _resolved(folder, address).removesuffix(".html")
        if target in names:
            link["href"] = "#" + anchor(target, identifier)
        else:
            link.unwrap()  # search, sources: nothing that paper has


def _resolved(folder, address):
    parts = []
    for part in (folder / address).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _open(article):
    """Folded boxes other than solutions stand open: paper cannot be unfolded."""
    for box in article.select("details:not(.solution)"):
        box["open"] = ""
    for picture in article.select("img[loading]"):
        del picture["loading"]


def _drop_values(article):
    """``name = value`` lines go: the prose, which cannot be folded here, quotes each of them."""
    for output in article.select(".cell_output .stream"):
        lines = output.get_text().strip().splitlines()
        if all(NAMED_VALUE.match(line) for line in lines):
            output.decompose()


def _drop_empty(article):
    """A section of which only the heading is left goes: its content was for the screen."""
    for section in article.select("section section"):
        heading = section.find(["h2", "h3"])
        if heading and not section.find(["img", "math"]):
            rest = section.get_text().replace(heading.get_text(), "", 1)
            if not rest.strip():
                section.decompose()


def _lead_on(article):
    """What ends in a colon leads to what follows, and stays on its page: see paper.css."""
    for paragraph in article.select("p"):
        if paragraph.get_text().rstrip().endswith(("：", ":")):
            paragraph["class"] = [*paragraph.get("class", []), "lead-on"]


def document(site, language, numbers=None, root=ROOT):
    """The book in one language as HTML; ``numbers`` gives the pages of the contents' targets."""
    words, pages = WORDS[language], book_pages(site, root)
    names = {page.name for page in pages}
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    body, entries, solved, heads = [], [], [], []
    for number, page in enumerate(pages):
        article, solutions = chapter(site, page, language, names)
        target, title = anchor(page.name), _title(article)
        if page.part:
            entries.append(Entry(own(page.part, language), None))
        entries.append(Entry(title, target))
        heads.append((f"p{number}", title))
        body.append(f'<div class="chapter" id="{target}" style="page: p{number}">{article}</div>')
        if solutions:
            solved.append(f"<h2>{title}</h2>" + "".join(map(str, solutions)))
    entries.append(Entry(words["solutions"], "solutions"))
    heads.append(("solved", words["solutions"]))
    body.append(
        f'<div class="chapter" id="solutions" style="page: solved"><h1>{words["solutions"]}</h1>'
        + "".join(solved)
        + "</div>"
    )
    front = _cover(config, language) + _contents(entries, words, numbers or {})
    return _frame(config, _head(site, pages), language, heads, front + "".join(body))


def _text(heading):
    for maths in heading.select("annotation"):
        maths.decompose()
    return re.sub(r"\s+", " ", heading.get_text(" ", strip=True))


def _title(article):
    heading = BeautifulSoup(str(article.h1), "html.parser")
    number = heading.select_one(".section-number")
    title = _text(heading)
    if number:
        label = _text(number)
        title = f"{label}　{title.removeprefix(label).strip()}"
    return title


def _cover(config, language):
    title = own(config["title"], language)
    name, _, under = title.partition("：" if language == "zh" else ": ")
    return (
        f'<div class="cover"><h1>{name}</h1><p class="under">{under}</p>'
        f'<p class="author">{config["author"]}</p><p class="note">{WORDS[language]["cover"]}</p>'
        f"<p>© {config['copyright']}</p></div>"
    )


def _contents(entries, words, numbers):
    lines = [f'<nav class="book-contents"><h1>{words["contents"]}</h1><ul>']
    for entry in entries:
        title = entry.title
        if entry.target:
            page = numbers.get(entry.target, "000")
            title = f'<a href="#{entry.target}"><span>{title}</span><b>{page}</b></a>'
        lines.append(f'<li class="{"chapter" if entry.target else "part"}">{title}</li>')
    return "".join(lines) + "</ul></nav>"


def _head(site, pages):
    """The style sheets of all pages, each once."""
    kept = {}
    for page in pages:
        html = (site / f"{page.name}.html").read_text(encoding="utf-8")
        head = BeautifulSoup(html.partition("</head>")[0], "html.parser")
        for sheet in head.select('link[rel="stylesheet"]'):
            sheet["href"] = _resolved(Path(page.name).parent, sheet["href"])
            kept[str(sheet)] = None
    return "".join(kept)


def _frame(config, head, language, heads, body):
    """The document around the book, with a running head for each chapter."""
    style = (Path(__file__).parent / "paper.css").read_text(encoding="utf-8")
    rules = "".join(
        f"@page {name} {{ @top-right {{ content: {_quoted(title)}; }} }}" for name, title in heads
    )
    return (
        f'<!DOCTYPE html><html lang="{WORDS[language]["lang"]}" data-lang="{language}"'
        ' data-theme="light" data-mode="light"><head><meta charset="utf-8">'
        f"<title>{own(config['title'], language)}</title>{head}<style>{style}{rules}</style></head>"
        f'<body><main class="bd-main"><div class="bd-article">{body}</div></main></body></html>'
    )


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
