"""The theme's dozen icons as drawings in the page.

The theme brings Font Awesome whole: a script of over 500 KB compressed, or style sheet and font.
Pages use a dozen of its two thousand icons, so each becomes an inline drawing, read at build time
from the theme's own copy.
"""

import functools
import re
import shutil
from pathlib import Path

from bs4 import BeautifulSoup

STYLES = {"fa-solid", "fas", "fa-brands", "fab", "far", "fa-regular"}
SIZES = re.compile(r"fa-(lg|xs|sm|fw|2x|stack.*)$")


@functools.cache
def script():
    """Font Awesome's script, from the theme's package."""
    import pydata_sphinx_theme

    vendor = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static/vendor"
    return next(vendor.glob("fontawesome/*/js/all.min.js")).read_text(encoding="utf-8")


ENTRY = r'[{,]"?([a-z0-9-]+)"?:\[(\d+),(\d+),\[([^\]]*)\],"[0-9a-f]+","([^"]+)"\]'


@functools.cache
def drawings():
    """{name: (width, height, path)}, aliases too; solid ones last, so that they win."""
    found = {}
    for name, width, height, aliases, path in re.findall(ENTRY, script()):
        for known in (*re.findall(r'"([a-z0-9-]+)"', aliases), name):
            found[known] = (width, height, path)
    return found


def drawing(name):
    """(width, height, path) of an icon; KeyError for one that Font Awesome does not have."""
    if name not in drawings():
        raise KeyError(f"Font Awesome has no icon {name!r}")
    return drawings()[name]


def draw(soup):
    """Every ``<i class="fa-solid fa-name">`` of a page as an inline drawing."""
    for icon in soup.select(", ".join(f"i.{style}" for style in sorted(STYLES))):
        names = [c for c in icon["class"] if c.startswith("fa-") and not SIZES.match(c)]
        name = next(c.removeprefix("fa-") for c in names if c not in STYLES)
        width, height, path = drawing(name)
        svg = BeautifulSoup(
            f'<svg viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">'
            f'<path d="{path}"/></svg>',
            "html.parser",
        ).svg
        svg["class"] = ["icon", *(c for c in icon["class"] if c not in STYLES)]
        for key, value in icon.attrs.items():
            if key != "class":
                svg[key] = value
        icon.replace_with(svg)
    for sheet in soup.select('link[href*="fontawesome"], script[src*="fontawesome"]'):
        sheet.decompose()


def remove_vendor(app, exception):
    """The theme's copy of Font Awesome, which no page asks for any more."""
    if exception is None and app.builder.format == "html":
        shutil.rmtree(Path(app.outdir) / "_static" / "vendor" / "fontawesome", ignore_errors=True)


def setup(app):
    app.connect("build-finished", remove_vendor)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
