"""Two languages on one page, the Sphinx side.

Markdown cells tagged ``zh`` or ``en`` and ``{lang}`` blocks become ``<div class="lang-zh">``
and ``<div class="lang-en">``. Everything that is written ``中文 | English`` (titles, captions,
table cells) stays plain text here and is split once, in the finished page: see `page_html`.
"""

import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from myst_nb.core import render
from page_html import bilingual_page
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx.util import logging

LANGS = {"zh": "zh-CN", "en": "en"}
HEADING = re.compile(r"^ {0,3}#{1,6} ")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}|:{3,})")
ENTRY_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>isoflop</title>
<script>location.replace("START" + location.search + location.hash)</script>
<meta http-equiv="refresh" content="1; url=START"></head>
<body><p><a href="START">打开本书 | Open the book</a></p></body></html>
"""
logger = logging.getLogger(__name__)


class langblock(nodes.General, nodes.Element):
    """A block in one language."""


def _warn_heading(language, location):
    logger.warning(
        "heading inside a %s block: headings are shared by both languages (中文 | English)",
        language,
        location=location,
        type="bilingual",
        subtype="heading",
    )


def render_markdown_cell(self, token):
    """Wrap a notebook cell that is tagged with a language; leave the others alone."""
    tags = token.meta["metadata"].get("tags", [])
    language = next((tag for tag in tags if tag in LANGS), None)
    if language is None:
        return self.render_children(token)
    if any(child.type == "heading" for child in token.children):
        _warn_heading(language, (self.document["source"], (token.map or [0])[0]))
    block = langblock(lang=language)
    with self.current_node_context(block, append=True):
        self.render_children(token)


def has_heading(lines):
    """Whether Markdown lines hold a heading outside fenced code."""
    fence = ""
    for line in lines:
        match = FENCE.match(line)
        if match and not fence and match[1][0] != ":":
            fence = match[1]
        elif fence and line.strip().startswith(fence):
            fence = ""
        elif not fence and HEADING.match(line):
            return True
    return False


class LangDirective(Directive):
    """``:::{lang} zh`` … ``:::`` in pages and inside admonitions."""

    has_content = True
    required_arguments = 1

    def run(self):
        language = self.arguments[0].strip()
        if language not in LANGS:
            raise self.error(f"lang: expected one of {', '.join(LANGS)}, not {language!r}")
        if has_heading(self.content):
            _warn_heading(language, (self.state.document["source"], self.lineno))
        block = langblock(lang=language)
        self.state.nested_parse(self.content, self.content_offset, block)
        return [block]


def register_both_terms(app, doctree):
    """Let ``{term}`` find a glossary entry ``中文 | English`` by either of its names."""
    std = app.env.get_domain("std")
    for term in doctree.findall(nodes.term):
        sides = [side.strip() for side in term.astext().split(" | ")]
        if len(sides) == 2 and term["ids"] and "glossary" in term.parent.parent["classes"]:
            for side in sides:
                std.note_object("term", side, term["ids"][0], location=term)
                std._terms[side.lower()] = (app.env.docname, term["ids"][0])


def write_entry_page(app, exception):
    """The folder's index.html leads to the book's first page and keeps ``?lang=``."""
    if exception is None and app.builder.format == "html":
        start = f"{app.config.root_doc}.html"
        path = Path(app.outdir) / "index.html"
        path.write_text(ENTRY_PAGE.replace("START", start), encoding="utf-8")


def visit_block(self, node):
    self.body.append(f'<div class="lang-{node["lang"]}" lang="{LANGS[node["lang"]]}">\n')


def depart_block(self, node):
    self.body.append("</div>\n")


def pass_through(self, node):
    """Builders other than HTML show both languages, one after the other."""


class Templates(BuiltinTemplateLoader):
    """Sphinx's template loader, with every finished page made bilingual on its way out.

    Named by ``template_bridge`` in the configuration: Sphinx's own hook for this.
    """

    def render(self, template, context):
        html = super().render(template, context)
        if html.lstrip()[:9].lower() == "<!doctype":
            return bilingual_page(html, context.get("page_passes", ()))
        return html


def setup(app):
    # myst-nb drops a Markdown cell's tags before Sphinx sees them, so its renderer is the one
    # place where a tagged cell can be told from the others.
    render.MditRenderMixin.render_nb_cell_markdown = render_markdown_cell
    other = (pass_through, pass_through)
    app.add_node(langblock, html=(visit_block, depart_block), latex=other, text=other)
    app.add_directive("lang", LangDirective)
    app.connect("doctree-read", register_both_terms)
    # Before the extension that would write a bare redirect where none is found.
    app.connect("build-finished", write_entry_page, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
