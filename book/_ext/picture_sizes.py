"""Pictures say how large they are, so that text does not move when one arrives.

The first picture of a page comes at once, the others when the reader gets near them.
"""

import re
from functools import partial
from pathlib import Path

from PIL import Image

POINT = 96 / 72  # matplotlib writes its drawings in points
UNITS = {"pt": POINT, "px": 1.0, "": 1.0}
LENGTH = r'\b{}="([\d.]+)(pt|px|)"'


def size_of(path):
    """(width, height) of a picture in CSS pixels; None where it does not say."""
    if path.suffix == ".svg":
        head = path.read_text(encoding="utf-8")[:3000]
        opening = re.search(r"<svg[^>]*>", head, re.S)
        found = [re.search(LENGTH.format(n), opening[0]) for n in ("width", "height")]
        return tuple(round(float(m[1]) * UNITS[m[2]]) for m in found) if all(found) else None
    with Image.open(path) as picture:
        return picture.size


def set_sizes(soup, sources):
    """Width and height on every picture whose file is known: ``sources`` is {name: path}."""
    for number, picture in enumerate(soup.select("article img[src]")):
        path = sources.get(picture["src"].rsplit("/", 1)[-1])
        size = size_of(path) if path is not None and path.is_file() else None
        if size and not picture.get("width"):
            picture["width"], picture["height"] = map(str, size)
        if number:
            picture["loading"] = "lazy"


def add_pass(app, pagename, template, context, doctree):
    images = getattr(app.builder, "images", {})
    sources = {name: Path(app.srcdir) / path for path, name in images.items()}
    context.setdefault("page_passes", []).append(partial(set_sizes, sources=sources))


def setup(app):
    app.connect("html-page-context", add_pass)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
