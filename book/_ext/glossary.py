"""The book's terms (`book/glossary.yml`): their page, and a link where a page first uses one.

- ``{terms}`` writes the list of all entries, each under the anchor ``term-<id>``;
- in every other finished page, the first use of a term in running prose becomes a link to its
  entry, once in each language. Chapters themselves are not touched.
"""

import html
import re
from functools import lru_cache, partial
from pathlib import Path

import yaml
from bilingual import langblock
from bs4 import NavigableString
from docutils import nodes
from docutils.parsers.rst import Directive
from pairs import LANGS, classes
from sphinx import addnodes

FILE, PAGE = "book/glossary.yml", "book/glossary"
OTHER = {"zh": "en", "en": "zh"}
WORDS = {
    "zh": {"chapter": "第 {} 章", "elsewhere": "别处也写作：", "comma": "、", "stop": "。"},
    "en": {"chapter": "Chapter {}", "elsewhere": "Elsewhere: ", "comma": ", ", "stop": "."},
}
# Where a word is no running prose, or a link would be in the way.
NO_PROSE_TAGS = {"a", "button", "caption", "code", "figcaption", "pre", "summary", "table"}
NO_PROSE_TAGS |= {f"h{level}" for level in range(1, 7)}
NO_PROSE = {"admonition-title", "cell", "math", "pasted-text", "solution", "toctree-wrapper"}


def load(path):
    """The entries, in the order of the Chinese list: by reading, syllable by syllable."""
    terms = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return sorted(terms, key=lambda term: term["pinyin"].lower().split())


def english_order(term):
    return term["en"]["name"].lower()


# ---------- Where a page first uses a term ----------


def pattern(word, language):
    """How a word is written on a page: in Chinese as it is, in English also in the plural."""
    text = re.escape(word)
    if language == "en":
        text = r"\s+".join(re.escape(part) for part in word.split())
        if re.search(r"[^aeiou]y$", word):
            text = f"{text[:-1]}(?:y|ies)"
        elif not word.endswith("s"):
            text += "(?:e?s)?"
    # Latin words are whole words in either language; Chinese has no spaces to go by.
    before = "(?<![A-Za-z0-9-])" if word[0].isascii() else ""
    after = "(?![A-Za-z0-9-])" if word[-1].isascii() else ""
    return before + text + after


def shapes(term, language):
    """Everything that is linked to a term in a language."""
    return [term[language]["name"], *term.get("forms", {}).get(language, [])]


def matcher(terms, language):
    """One expression for all terms, longest first, and the term behind each of its groups.

    A phrase in which a word means something else takes part, too, and stands for None.
    """
    words = []
    for term in terms:
        words += [(word, term) for word in shapes(term, language)]
        words += [(word, None) for word in term.get("unless", {}).get(language, [])]
    words.sort(key=lambda pair: len(pair[0]), reverse=True)
    groups = {f"g{i}": term for i, (_, term) in enumerate(words)}
    text = "|".join(f"(?P<g{i}>{pattern(word, language)})" for i, (word, _) in enumerate(words))
    return re.compile(text, re.I if language == "en" else 0), groups


def in_prose(text, language):
    """Whether a text is running prose in this language."""
    inside = False
    for parent in text.parents:
        names = classes(parent)
        if parent.name in NO_PROSE_TAGS or names & NO_PROSE:
            return False
        inside = inside or (parent.name == "div" and f"lang-{language}" in names)
    return inside


def link(soup, word, term, language, page):
    """A link to the term's entry, with its meaning for the pointer and for screen readers."""
    attributes = {
        "class": "reference internal term-link",
        "href": f"{page}#term-{term['id']}",
        "title": term[language]["line"],
    }
    element = soup.new_tag("a", attrs=attributes)
    element.string = word
    return element


def pieces(soup, text, language, finder, seen, page):
    """A text cut at the terms it is the first to use; their ids are added to ``seen``."""
    expression, groups = finder
    parts, position = [], 0
    for match in expression.finditer(text):
        term = groups[match.lastgroup]
        if term is None or term["id"] in seen:
            continue
        seen.add(term["id"])
        parts.append(NavigableString(text[position : match.start()]))
        parts.append(link(soup, match[0], term, language, page))
        position = match.end()
    return [*parts, NavigableString(text[position:])] if parts else []


def link_terms(soup, terms, page):
    """Link the first use of every term, once in each language."""
    article = soup.select_one("article")
    for language in LANGS if article is not None and terms else ():
        finder, seen = matcher(terms, language), set()
        for text in list(article.find_all(string=True)):
            if type(text) is not NavigableString or not in_prose(text, language):
                continue
            if parts := pieces(soup, str(text), language, finder, seen, page):
                text.replace_with(*parts)


# ---------- The page ----------


def number_of(chapter):
    return int(chapter.split("_")[0])


def chapter_link(term, language, env):
    """The chapter that introduces the term; bare text where the book has no such page."""
    label = WORDS[language]["chapter"].format(number_of(term["chapter"]))
    target = f"notebooks/{term['chapter']}"
    if target not in env.found_docs:
        return nodes.inline("", label)
    where = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{target}", "refexplicit": True}
    inner = nodes.inline("", label)
    return addnodes.pending_xref("", inner, refdoc=env.docname, refwarn=True, **where)


def names(term, language):
    """The name that is explained, and beside it the other language's."""
    other = OTHER[language]
    own = f"<dfn>{html.escape(term[language]['name'])}</dfn>"
    if term[other]["name"] == term[language]["name"]:  # nats, FLOPs: said once
        return nodes.raw("", f"{own}<br>", format="html")
    beside = f'<span class="other-name" lang="{LANGS[other]}">{html.escape(term[other]["name"])}'
    return nodes.raw("", f"{own} {beside}</span><br>", format="html")


def side(term, language, env):
    """An entry in one language: name, meaning, chapter, what others call it."""
    words = WORDS[language]
    block = langblock(lang=language)
    gap = " " if language == "en" else ""
    block += [names(term, language), nodes.Text(term[language]["line"] + gap)]
    about = nodes.inline(classes=["term-about"])
    about += [chapter_link(term, language, env), nodes.Text(words["stop"])]
    if variants := term.get("variants", {}).get(language):
        shown = {}  # written with a space and without: one name to the reader, two to a search
        for name in variants:
            shown.setdefault(name.replace(" ", ""), name)
        others = words["comma"].join(shown.values())
        about += nodes.Text(f"{gap}{words['elsewhere']}{others}{words['stop']}")
    block += about
    return block


class Terms(Directive):
    """``{terms}``: every entry of the glossary, in the order of the Chinese list.

    In English the page's script sorts them anew, so that an entry has one place and one anchor.
    """

    def run(self):
        env = self.state.document.settings.env
        env.note_dependency(str(Path(env.srcdir) / FILE))
        items = nodes.bullet_list(classes=["glossary-list"])
        for term in env.config.glossary:
            item = nodes.list_item(ids=[f"term-{term['id']}"])
            item += [side(term, language, env) for language in LANGS]
            items += item
        return [items]


# ---------- Into the build ----------


@lru_cache(maxsize=1)
def _load(path, _changed):
    return load(path)


def configure(app, config):
    path = Path(app.srcdir) / FILE
    config.glossary = _load(path, path.stat().st_mtime_ns) if path.is_file() else []


def ask_for_links(app, pagename, template, context, doctree):
    """Have the finished page's terms linked; give the glossary its script instead."""
    if pagename == PAGE:
        app.add_js_file("glossary.js", defer="defer")
    elif doctree is not None and PAGE in app.env.found_docs:
        page = app.builder.get_relative_uri(pagename, PAGE)
        link_page = partial(link_terms, terms=app.config.glossary, page=page)
        context.setdefault("page_passes", []).append(link_page)


def setup(app):
    # "html": a changed entry makes Sphinx write every page again.
    app.add_config_value("glossary", [], "html", [list])
    app.add_directive("terms", Terms)
    app.connect("config-inited", configure)
    app.connect("html-page-context", ask_for_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
