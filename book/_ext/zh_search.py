"""Search in Chinese and English, from a web server and from disk alike.

Sphinx's index needs a word segmenter for Chinese and its result page fetches the pages it
lists, which a browser refuses for files on disk. This book is small: the text of every section
goes, language by language, into one script (`search-text.js`) that the search page loads with the
first query, and with it every name of each of the glossary's terms. `search-rank.js` looks for
words and for runs of Chinese characters in it, and falls back on the run's bigrams where the whole
run does not occur.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup
from page_html import plain_maths

TARGET = "_static/search-text.js"
BLOCKS = ("p", "li", "dt", "dd", "td", "th", "pre", "div", "figcaption", "summary")
NOISE = (
    "script, style, svg, .headerlink, .lang-sep, .cell-name, .section-number, .toc-number, "
    "div.math, details.hide > summary"
)


def tidied(article):
    """The article without what nobody searches for; short formulas as plain text."""
    for noise in article.select(NOISE):
        noise.extract()
    for block in article.find_all(BLOCKS):
        block.append(" ")  # words of neighbouring blocks stay apart
    for maths in article.select("span.math"):
        maths.string = plain_maths(maths.get_text())
    return article


def in_language(element, language):
    """The text of an element with the other language left out."""
    other = "lang-en" if language == "zh" else "lang-zh"
    parts = []
    for text in element.find_all(string=True):
        if any(other in (p.get("class") or ()) for p in text.parents):
            continue
        parts.append(str(text))
    return " ".join("".join(parts).split())


def term_section(item):
    """An entry of the glossary, as a section of its own."""
    entry = {"id": item["id"], "term": 1}
    for language in ("zh", "en"):
        side = item.select_one(f".lang-{language}")
        for other in side.select(".other-name"):
            other.extract()
        entry[f"title_{language}"] = in_language(side.find("dfn").extract(), language)
        entry[language] = in_language(side, language)
    return entry


def names(terms):
    """The glossary's terms with all their names in both languages, and where each is explained."""
    for term in terms:
        found = []
        for language in ("zh", "en"):
            found.append(term[language]["name"])
            found += term.get("forms", {}).get(language, [])
            found += term.get("variants", {}).get(language, [])
        yield {
            "id": f"term-{term['id']}",
            "zh": term["zh"]["name"],
            "en": term["en"]["name"],
            "names": list(dict.fromkeys(found)),
            "chapter": f"notebooks/{term['chapter']}.html",
        }


def sections(html):
    """The sections of a page: id, heading and text, each in both languages."""
    article = BeautifulSoup(html, "html.parser").select_one("article")
    if article is None:
        return []
    tidied(article)
    found = []
    # Innermost first, so that what is left of an outer section is its own text.
    for section in reversed(article.select("section[id], .glossary-list > li[id]")):
        if section.name == "li":
            found.append(term_section(section.extract()))
            continue
        heading = section.find(re.compile(r"h[1-6]"))
        heading = heading.extract() if heading is not None else section
        section.extract()
        code = [cell.extract() for cell in section.select(".cell_input, .cell_output pre")]
        section.extend(code)  # after the prose, so that excerpts come from the prose
        entry = {"id": section["id"]}
        for language in ("zh", "en"):
            entry[f"title_{language}"] = in_language(heading, language)
            entry[language] = in_language(section, language)
        found.append(entry)
    return found[::-1]


def write_texts(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    outdir = Path(app.outdir)
    pages = []
    for docname in sorted(app.env.found_docs):
        path = outdir / f"{docname}.html"
        if path.is_file() and (found := sections(path.read_text(encoding="utf-8"))):
            pages.append({"url": f"{docname}.html", "sections": found})
    found = {"pages": pages, "terms": list(names(getattr(app.config, "glossary", ())))}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (outdir / TARGET).write_text(f"window.searchText={text};\n", encoding="utf-8")


def replace_search(app):
    """No index of Sphinx's own; its search page gives way to templates/search.html."""
    if app.builder.format == "html":
        app.builder.search = False


def setup(app):
    app.connect("builder-inited", replace_search)
    app.connect("build-finished", write_texts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
