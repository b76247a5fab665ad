"""A site that asks nothing of any other host.

Formulas are set at build time (`typeset`); their style sheet and MathJax's fonts, which come from
the `sphinx-mathjax-offline` package, are written into the site. Scripts that would fetch from
elsewhere (thebe), that the site replaces (togglebutton) or no longer needs (MathJax's) stay away.
"""

import shutil
from pathlib import Path

from mathjax_files import mathjax_source
from typeset import FONTS, style_sheet

DROPPED = ("sphinx-thebe", "THEBE_JS_URL", "thebe_selector", "toggle", "design-tabs", "mathjax")
MATHS = "maths.css"
LEFTOVERS = (
    "_static/sphinx-thebe.js",
    "_static/sphinx-thebe.css",
    "_static/togglebutton.js",
    "_static/togglebutton.css",
)


def write_maths(app, exception):
    """The style sheet of the formulas and MathJax's fonts."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / MATHS).write_text(style_sheet(), encoding="utf-8")
    target = static / FONTS
    if not target.is_dir():
        shutil.copytree(mathjax_source().parent / FONTS, target)
    for name in LEFTOVERS:
        (Path(app.outdir) / name).unlink(missing_ok=True)


def _unwanted(script):
    attributes = getattr(script, "attributes", {}) or {}
    text = f"{getattr(script, 'filename', script)} {attributes.get('body') or ''}"
    return any(word.lower() in text.lower() for word in DROPPED)


def keep_local_scripts(app, pagename, template, context, doctree):
    """Leave out unwanted scripts and style sheets, and inline scripts that come twice."""
    kept, seen = [], set()
    for script in context.get("script_files", []):
        body = (getattr(script, "attributes", {}) or {}).get("body") or ""
        if _unwanted(script) or (body and body in seen):
            continue
        seen.add(body)
        kept.append(script)
    context["script_files"] = kept
    context["css_files"] = [css for css in context.get("css_files", []) if not _unwanted(css)]


def setup(app):
    app.connect("html-page-context", keep_local_scripts, priority=900)
    app.connect("build-finished", write_maths)
    app.add_css_file(MATHS)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
