"""The frame of a page for the keyboard and for screen readers.

- two skip links: to the text, and to the tools above it;
- the tools in one order: language, search, theme, then the rest;
- the theme's switches and folds say what they are, switches in which state too: `access.js` keeps
  the states.
"""

import copy

from bs4 import BeautifulSoup
from pairs import LANGS

SKIPS = (
    ("page-text", "跳到正文", "Skip to the text"),
    ("page-tools", "跳到工具栏", "To the tools"),
)
MODES = (("light", "浅色", "light"), ("dark", "深色", "dark"), ("auto", "随系统", "as the system"))
# Switch of the theme, what it opens, and the name that then gets.
SWITCHES = (
    (".primary-toggle", ".bd-sidebar-primary", "primary-contents"),
    (".secondary-toggle", ".bd-sidebar-secondary", "secondary-contents"),
)
PAGES_BELOW = ("展开或收起其下各页", "Show or hide its pages")
STACKED_ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}


def pair(zh, en):
    """Both languages of a word, as the rest of the page has them."""
    spans = [
        f'<span class="lang-{k}" lang="{LANGS[k]}">{t}</span>' for k, t in zip(LANGS, (zh, en))
    ]
    return f'{spans[0]}<span class="lang-sep" aria-hidden="true"> </span>{spans[1]}'


def _skip_links(soup):
    box = soup.select_one(".skip-link")
    targets = (soup.select_one("article"), soup.select_one(".article-header-buttons"))
    if box is None or None in targets:
        return
    box.clear()
    box.name = "nav"
    box["aria-label"] = "跳转 | Skip links"
    for target, (name, zh, en) in zip(targets, SKIPS):
        target["id"] = name
        box.append(BeautifulSoup(f'<a href="#{name}">{pair(zh, en)}</a>', "html.parser"))


def _order_tools(soup):
    """Language, search, theme, then the rest: in the page's order, so for the keyboard too."""
    tools = soup.select_one(".article-header-buttons")
    if tools is None:
        return
    for wanted in (".theme-switch-button", ".search-button", ".lang-toggle"):
        if (found := tools.select_one(wanted)) is not None:
            tools.insert(0, found.extract())


def _name_theme_switch(soup):
    """Its name says which of the three is on; the style sheet shows the one that is."""
    for button in soup.select("button.theme-switch-button"):
        for icon in button.select("i"):
            icon["aria-hidden"] = "true"
        states = "".join(
            f'<span class="mode-{mode}">{pair(f"浅色／深色：{zh}", f"Light or dark: {en}")}</span>'
            for mode, zh, en in MODES
        )
        inner = f'<span class="visually-hidden">{states}</span>'
        button.append(BeautifulSoup(inner, "html.parser"))
        del button["aria-label"]


def _name_folds(soup):
    """The arrow beside a page of the contents that has pages below it."""
    for summary in soup.select("li.has-children > details > summary"):
        hidden = f'<span class="visually-hidden">{pair(*PAGES_BELOW)}</span>'
        summary.append(BeautifulSoup(hidden, "html.parser"))


def _name_switches(soup):
    for switch, opened, name in SWITCHES:
        box = soup.select_one(opened)
        for button in soup.select(switch):
            if box is None or not box.get_text(strip=True):  # it would open nothing
                button.decompose()
                continue
            box["id"] = name
            button["type"], button["aria-controls"] = "button", name
            button["class"] = list(dict.fromkeys([*button["class"], "needs-js"]))


def _stacked(soup):
    """A table that a phone shows as stacked rows stays a table for screen readers."""
    for table in soup.select("table.claims, table.stacked"):
        table["role"] = "table"
        for part in table.find_all([*STACKED_ROLES, "th"]):
            scope = {"col": "columnheader", "row": "rowheader"}.get(part.get("scope"))
            part["role"] = STACKED_ROLES.get(part.name, scope)
    for table in soup.select("table.stacked"):
        _name_cells(table)


def _name_cells(table):
    """The column's name in every cell but the row's first: for the eye, where rows are stacked."""
    heads = table.select("thead th")
    for row in table.select("tbody tr"):
        for head, cell in list(zip(heads, row.find_all("td", recursive=False)))[1:]:
            name = BeautifulSoup(
                '<span class="cell-name" aria-hidden="true"></span>', "html.parser"
            )
            name.span.extend(copy.copy(part) for part in (head.p or head).contents)
            (cell.p or cell).insert(0, name)


def accessible(soup):
    names = (_name_theme_switch, _name_folds, _name_switches)
    for change in (_skip_links, _order_tools, *names, _stacked):
        change(soup)


def ask(app, pagename, template, context, doctree):
    context.setdefault("page_passes", []).append(accessible)


def setup(app):
    app.connect("html-page-context", ask)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
