"""A site that asks nothing of any other host.

MathJax comes from the `sphinx-mathjax-offline` package and is copied into the site, less what
pages never load (other components, speech, bold variants of rare fonts). Scripts that would
fetch from elsewhere (thebe) or that the site replaces (togglebutton) are left out.
"""

import importlib.util
import shutil
from pathlib import Path

PARTS = (
    "tex-chtml.js",
    "output/chtml/fonts/woff-v2",
    # TeX extensions that MathJax fetches only when a page uses their commands.
    "input/tex/extensions",
)
UNUSED = {"all-packages.js", "physics.js", "mhchem.js", "bussproofs.js", "colorv2.js"}
DROPPED = ("sphinx-thebe", "THEBE_JS_URL", "thebe_selector", "toggle", "design-tabs")
LEFTOVERS = (
    "_static/sphinx-thebe.js",
    "_static/sphinx-thebe.css",
    "_static/togglebutton.js",
    "_static/togglebutton.css",
)


def mathjax_source():
    """Where the package keeps MathJax; its name has hyphens, so it is found, not imported."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or not spec.origin:
        raise RuntimeError("sphinx-mathjax-offline is not installed: run `make book`")
    return Path(spec.origin).parent / "static" / "mathjax"


def copy_mathjax(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    source, target = mathjax_source(), Path(app.outdir) / "_static" / "mathjax"
    for part in PARTS:
        origin = source / part
        files = [origin] if origin.is_file() else [p for p in origin.rglob("*") if p.is_file()]
        for path in files:
            copy = target / path.relative_to(source)
            if path.name not in UNUSED and not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
    for name in LEFTOVERS:
        (Path(app.outdir) / name).unlink(missing_ok=True)


def _unwanted(script):
    attributes = getattr(script, "attributes", {}) or {}
    text = f"{getattr(script, 'filename', script)} {attributes.get('body') or ''}"
    return any(word in text for word in DROPPED)


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
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
