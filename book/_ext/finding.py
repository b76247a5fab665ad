"""How the book is found: its address, its two languages' addresses, what a shared link shows.

The public address is one line of ``_config.yml`` (``html: baseurl``), empty until there is one;
the variable ``ISOFLOP_BASEURL`` stands in for it, so that whoever publishes can name their own.
While it is empty, every tag and file that needs an absolute address is left out.
"""

import os
import re
from functools import partial
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from pairs import LANGS
from social_card import ALT, CARD, SIZE, draw_card
from sphinx.errors import ConfigError

HIDDEN = ("404", "search")  # pages that no search engine should list
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
ADDRESSES = ("href", "src", "action", "data-content_root")


# ---------- The address ----------


def base_address(text):
    """The address with one slash at its end; empty stays empty."""
    text = (text or "").strip()
    if not text:
        return ""
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise ConfigError(
            f"html: baseurl (or ISOFLOP_BASEURL) is {text!r}: write the book's whole address, "
            "such as https://name.github.io/book/, or leave it empty"
        )
    return text.rstrip("/") + "/"


def configure(app, config):
    config.html_baseurl = base_address(os.environ.get("ISOFLOP_BASEURL") or config.html_baseurl)


def alternates(address):
    """(hreflang, address) of a page: each language, and the one that goes by the browser's."""
    named = [(code, f"{address}?lang={language}") for language, code in LANGS.items()]
    return [*named, ("x-default", address)]


# ---------- What stands in a page's head ----------


def _meta(soup, key, name, content):
    # Not as keywords: `name` would be taken for the tag's own.
    soup.head.append(soup.new_tag("meta", attrs={key: name, "content": content}))


def add_head(soup, base, path):
    """What a page says of itself to search engines and to whoever is sent its address."""
    title, description = soup.head.title, soup.find("meta", attrs={"name": "description"})
    names = [title[f"data-{k}"].split(" — ")[0] for k in LANGS]
    book = [title[f"data-{k}"].split(" — ")[-1] for k in LANGS]
    shown = {
        "og:type": "book" if names == book else "article",
        "og:title": " | ".join(dict.fromkeys(names)),
        "og:site_name": " | ".join(book),
        "og:locale": "zh_CN",
        "og:locale:alternate": "en_US",
    }
    if description is not None:
        shown["og:description"] = description["content"]
    if base:
        shown |= {"og:url": base + path, "og:image": base + CARD, "og:image:alt": ALT}
        shown |= {"og:image:width": str(SIZE[0]), "og:image:height": str(SIZE[1])}
        _meta(soup, "name", "twitter:card", "summary_large_image")
        for code, address in alternates(base + path):
            link = {"rel": "alternate", "hreflang": code, "href": address}
            soup.head.append(soup.new_tag("link", attrs=link))
    for name, content in shown.items():
        _meta(soup, "property", name, content)


def hide(soup):
    """A page that is no one's search result."""
    for link in soup.select("link[rel=canonical]"):
        link.decompose()
    _meta(soup, "name", "robots", "noindex")


def from_root(soup, root):
    """Addresses that hold at any depth: the server shows 404.html wherever a page is missing."""
    for name in ADDRESSES:
        for element in soup.find_all(attrs={name: True}):
            parts = urlsplit(element[name])
            if not parts.scheme and not parts.netloc and parts.path:
                element[name] = urljoin(root, element[name].removeprefix("./"))
    soup.html["data-content_root"] = root


def ask_for_head(app, pagename, template, context, doctree):
    base = app.config.html_baseurl
    passes = context.setdefault("page_passes", [])
    if pagename in HIDDEN:
        passes.append(hide)
    else:
        passes.append(partial(add_head, base=base, path=f"{pagename}.html"))
    if pagename == "404":
        # Without an address: as if the book stood at the top of its host.
        passes.append(partial(from_root, root=urlsplit(base).path or "/"))


# ---------- Files ----------


def sitemap(base, days):
    """The sitemap's XML: every page, both languages' addresses, the day it last changed."""
    ElementTree.register_namespace("", SITEMAP)
    ElementTree.register_namespace("xhtml", XHTML)
    whole = ElementTree.Element(f"{{{SITEMAP}}}urlset")
    for page, day in sorted(days.items()):
        entry = ElementTree.SubElement(whole, f"{{{SITEMAP}}}url")
        address = f"{base}{page}.html"
        ElementTree.SubElement(entry, f"{{{SITEMAP}}}loc").text = address
        if day:
            ElementTree.SubElement(entry, f"{{{SITEMAP}}}lastmod").text = day.isoformat()
        for code, href in alternates(address):
            link = {"rel": "alternate", "hreflang": code, "href": href}
            ElementTree.SubElement(entry, f"{{{XHTML}}}link", link)
    ElementTree.indent(whole)
    return ElementTree.tostring(whole, encoding="unicode", xml_declaration=True) + "\n"


def copy_head(entry, home):
    """The entry page shows what the book's first page shows: its name, description and card."""
    old, new = BeautifulSoup(entry, "html.parser"), BeautifulSoup(home, "html.parser")
    old.head.title.replace_with(new.head.title)
    wanted = "link[rel=canonical], link[hreflang], meta[property], meta[name=description]"
    for tag in new.head.select(f"{wanted}, meta[name='twitter:card']"):
        old.head.append(tag)
    return str(old)


def write_files(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    base, out = app.config.html_baseurl, Path(app.outdir)
    draw_card(out / CARD)
    robots = "User-agent: *\nAllow: /\n"
    if base:
        days = {page: app.env.page_dates.get(page) for page in app.env.found_docs}
        (out / "sitemap.xml").write_text(sitemap(base, days), encoding="utf-8")
        robots += f"Sitemap: {base}sitemap.xml\n"
    else:
        (out / "sitemap.xml").unlink(missing_ok=True)
    (out / "robots.txt").write_text(robots, encoding="utf-8")
    entry, home = out / "index.html", out / f"{app.config.root_doc}.html"
    if entry.is_file() and entry != home:
        text = copy_head(entry.read_text("utf-8"), home.read_text("utf-8"))
        entry.write_text(text, encoding="utf-8")


def setup(app):
    app.setup_extension("page_dates")
    app.connect("config-inited", configure)
    app.connect("html-page-context", ask_for_head)
    # After the extension that writes the entry page.
    app.connect("build-finished", write_files, priority=200)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
