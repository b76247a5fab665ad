"""The foot of every page: how to cite the book, its licences, when the page last changed.

The citation is written from ``CITATION.cff`` alone, which also goes into the site as it is,
beside the same entry as ``isoflop.bib``.
"""

import html
import re
import shutil
from functools import partial
from pathlib import Path

import yaml
from babel.dates import format_date
from bs4 import BeautifulSoup
from pairs import LANGS

CFF, BIB = "CITATION.cff", "isoflop.bib"
BY = "https://creativecommons.org/licenses/by/4.0/"
LICENCE = {
    "zh": f'文字和图：<a rel="license" href="{BY}">CC BY 4.0</a>；代码：MIT',
    "en": f'Text and figures: <a rel="license" href="{BY}">CC BY 4.0</a>; code: MIT',
}
CHANGED = {"zh": "本页最后改动：", "en": "Page last changed: "}
LOCALES = {"zh": "zh_CN", "en": "en_GB"}
CITE = {"zh": "引用本书", "en": "Cite this book"}


def bibtex(citation, address=""):
    """A BibTeX entry from the contents of ``CITATION.cff``; with an address, where it is read."""
    title = re.sub(r"\s*\([^()]*\)$", "", citation["title"])  # the Chinese title in brackets
    year = str(citation["date-released"])[:4]
    fields = {
        "author": " and ".join(f"{{{person['name']}}}" for person in citation["authors"]),
        "title": title,
        "year": year,
        "version": str(citation["version"]),
    }
    if address:
        fields["url"] = address
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{citation['type']}{{isoflop{year},\n{lines}\n}}\n"


def _sides(texts, tag="span"):
    zh, en = (f'<{tag} class="lang-{k}" lang="{LANGS[k]}">{texts[k]}</{tag}>' for k in ("zh", "en"))
    return f'{zh}<span class="lang-sep" aria-hidden="true"> | </span>{en}'


def changed(day):
    """``Page last changed: 24 November 2026``, in both languages."""
    return {
        k: f'{CHANGED[k]}<time datetime="{day}">{format_date(day, "long", LOCALES[k])}</time>'
        for k in LANGS
    }


def foot(entry, root, day=None):
    """The foot's HTML; ``root`` leads from the page to the site's first folder."""
    last = f'<p class="page-changed">{_sides(changed(day))}</p>' if day else ""
    # The classes are those of a code block, so that it gets its copy button.
    block = (
        '<div class="highlight-bibtex notranslate" lang="en"><div class="highlight">'
        f"<pre>{html.escape(entry)}</pre></div></div>"
    )
    files = f'<a href="{root}{BIB}">BibTeX</a> · <a href="{root}{CFF}">CITATION.cff</a>'
    cite = f'<details class="cite"><summary>{_sides(CITE)}</summary>{block}<p>{files}</p></details>'
    return f'<div class="footer-item">{last}<p>{_sides(LICENCE)}</p>{cite}</div>'


def add_foot(soup, content):
    """Put the foot after the copyright."""
    place = soup.select_one(".bd-footer-content__inner")
    if place is not None:
        for empty in [item for item in place.select(".footer-item") if not item.get_text().strip()]:
            empty.decompose()
        place.append(BeautifulSoup(content, "html.parser"))


def configure(app, config):
    citation = yaml.safe_load((Path(app.srcdir) / CFF).read_text(encoding="utf-8"))
    config.citation = bibtex(citation, config.html_baseurl)


def ask_for_foot(app, pagename, template, context, doctree):
    day = getattr(app.env, "page_dates", {}).get(pagename)
    content = foot(app.config.citation, "../" * pagename.count("/"), day)
    context.setdefault("page_passes", []).append(partial(add_foot, content=content))


def write_files(app, exception):
    if exception is None and app.builder.format == "html":
        (Path(app.outdir) / BIB).write_text(app.config.citation, encoding="utf-8")
        shutil.copyfile(Path(app.srcdir) / CFF, Path(app.outdir) / CFF)


def setup(app):
    # "html": a changed citation makes Sphinx write every page again.
    app.add_config_value("citation", "", "html", [str])
    app.connect("config-inited", configure, priority=600)  # the address is settled by then
    app.connect("html-page-context", ask_for_foot)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
