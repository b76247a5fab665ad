"""Plotly for the figures that move: copied from the pinned Python package, never committed.

Pages load it only once a reader asks a figure to move: `_static/plotly-load.js`, which a page's
own extension adds beside its script.
"""

import importlib.util
import shutil
from pathlib import Path

NAME = "plotly.min.js"


def plotly_source():
    """Where the package keeps the script; found, not imported, since importing it is slow."""
    spec = importlib.util.find_spec("plotly")
    path = Path(spec.origin).parent / "package_data" / NAME if spec and spec.origin else None
    if path is None or not path.is_file():
        raise RuntimeError("the plotly package or its script is missing: run `make env`")
    return path


def copy_plotly(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    source, target = plotly_source(), Path(app.outdir) / "_static" / "plotly" / NAME
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def setup(app):
    app.connect("build-finished", copy_plotly)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
