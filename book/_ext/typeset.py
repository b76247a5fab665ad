"""Formulas set when the site is built, not in the reader's browser.

MathJax itself runs here, inside an embedded V8, so formulas look as MathJax sets them; pages carry
the result (with MathML for screen readers), one style sheet and the fonts, and no maths script.
They stand without JavaScript, at once and in print.
"""

import functools
import json
import re

from mathjax_files import mathjax_source
from sphinx.util import logging

PARTS = (
    "loader.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-full.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)
FONTS = "mathjax/output/chtml/fonts/woff-v2"  # from the style sheet's own folder
BEFORE = """
var MathJax = {loader: {load: []}, startup: {typeset: false}};
var console = {log() {}, warn() {}, error() {}};
"""
AFTER = """
var kit = MathJax._, adaptor = kit.adaptors.liteAdaptor.liteAdaptor();
kit.a11y["assistive-mml"].AssistiveMmlHandler(kit.handlers.html_ts.RegisterHTMLHandler(adaptor));
var tex = new kit.input.tex_ts.TeX({
  packages: ["base", "ams", "newcommand"],
  formatError: (jax, error) => { throw error; },
});
var chtml = new kit.output.chtml_ts.CHTML({
  font: new kit.output.chtml.fonts.tex_ts.TeXFont({fontURL: FONTS}), adaptiveCSS: false,
});
var page = kit.mathjax.mathjax.document("", {InputJax: tex, OutputJax: chtml});
function set(text, display) {
  const size = {display: display, em: 16, ex: 8, containerWidth: 1280};
  return adaptor.outerHTML(page.convert(text, size));
}
function style() { return adaptor.textContent(chtml.styleSheet(page)); }
"""
FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", re.S)
HOLD = "\ue000{}\ue001"  # private characters: they stand in no page
HELD = re.compile("\ue000(\\d+)\ue001")
log = logging.getLogger(__name__)


@functools.cache
def engine():
    """MathJax in a V8 of its own, ready to set formulas."""
    from py_mini_racer import MiniRacer

    v8 = MiniRacer()
    v8.eval(BEFORE)
    for part in PARTS:
        v8.eval((mathjax_source() / part).read_text(encoding="utf-8"))
    v8.eval(AFTER.replace("FONTS", json.dumps(FONTS)))
    return v8


@functools.cache
def formula(tex, display):
    """One formula as HTML; ValueError says what MathJax does not understand."""
    from py_mini_racer import JSEvalException

    try:
        return engine().eval(f"set({json.dumps(tex)}, {json.dumps(display)})")
    except JSEvalException as problem:
        reason = str(problem).strip().splitlines()
        raise ValueError(f"{tex!r}: {next(filter(None, reason), problem)[:200]}") from None


@functools.cache
def style_sheet():
    """MathJax's style sheet for every formula there may be."""
    return re.sub(r"\s+", " ", engine().eval("style()"))


def take_out(soup):
    """Formulas of the article replaced by short marks; the list of what belongs in their place."""
    found = []
    for node in soup.select("article .math"):
        for text in node.find_all(string=FORMULA):
            text.replace_with(FORMULA.sub(lambda match: _held(match, found), text))
    return found


def _held(match, found):
    tex, display = (match[1], False) if match[1] is not None else (match[2], True)
    try:
        found.append(formula(tex.strip(), display))
    except ValueError as problem:
        log.warning("a formula cannot be set: %s", problem)
        return match[0]
    return HOLD.format(len(found) - 1)


def put_in(html, found):
    """The finished page with its formulas in place."""
    return HELD.sub(lambda match: found[int(match[1])], html)
