"""``中文 | English`` in a finished page: split into two spans, each with its own markup."""

import re

from bs4 import NavigableString
from theme_words import chinese, chinese_label

SEPARATOR = re.compile(r"\s\|\s")
CJK = re.compile(r"[\u3400-\u9fff]")
LANGS = {"zh": "zh-CN", "en": "en"}
OPAQUE = {"pre", "code", "script", "style", "textarea", "svg", "title", "math", "head"}
BLOCK = {"ul", "ol", "dl", "p", "div", "table", "button", "details", "section", "nav", "br"}
FIXED = {"headerlink", "section-number", "caption-number", "toc-number"}
ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")
CHROME = (
    ".admonition-title, .caption-number, .reference, .prev-next-subtitle, .onthispage, "
    ".search-button__default-text, .component-author, .copyright, .skip-link a, "
    ".btn__text-container, #pst-back-to-top, .bd-links__title"
)


def span(soup, language, children):
    element = soup.new_tag("span", attrs={"class": f"lang-{language}", "lang": LANGS[language]})
    element.extend(children)
    return element


def separator(soup, text=" | "):
    element = soup.new_tag("span", attrs={"class": "lang-sep", "aria-hidden": "true"})
    element.string = text
    return element


def classes(node):
    return set(node.get("class") or ()) if getattr(node, "attrs", None) else set()


def language_of(node):
    """The language block a node stands in, or None; False where nothing may be touched."""
    found = None
    for parent in node.parents:
        names = classes(parent)
        if parent.name in OPAQUE or "math" in names or "lang-sep" in names:
            return False
        if found is None and names & {"lang-zh", "lang-en"}:
            found = "zh" if "lang-zh" in names else "en"
    return found


def in_reference(node):
    return any("reference" in classes(parent) for parent in node.parents)


def split_pairs(soup):
    """Split every pair of the page.

    Inside a block of one language only a link can hold the other one, borrowed with its target's
    title; there the other language is dropped. A bar without Chinese before it is left alone.
    """
    for text in [t for t in soup.find_all(string=SEPARATOR) if type(t) is NavigableString]:
        language = language_of(text)
        if language is False or (language and not in_reference(text)):
            continue
        left = list(reversed(_run(text, "previous_sibling")))
        right = _run(text, "next_sibling")
        before, after = SEPARATOR.split(str(text), maxsplit=1)
        if CJK.search("".join(n.get_text() for n in left) + before):
            zh = left + [NavigableString(before)]
            en = [NavigableString(after)] + right
            _replace(soup, text, zh, en, language)
    _join_captions(soup)


def _run(node, step):
    """Inline siblings of a node, outwards, up to the first that is not part of the pair."""
    out = []
    sibling = getattr(node, step)
    while sibling is not None:
        if getattr(sibling, "name", None) and (sibling.name in BLOCK or classes(sibling) & FIXED):
            break
        out.append(sibling)
        sibling = getattr(sibling, step)
    return out


def _replace(soup, text, zh, en, language):
    """Put the two sides of a pair where its text was."""
    marker = soup.new_tag("span")
    numbered = bool(text.find_parent(class_=["toctree-l1", "prev-next-title"]))
    (zh[0] if len(zh) > 1 else text).insert_before(marker)
    text.extract()
    for node in zh + en:
        node.extract()
    number = _trim(zh, en, numbered)
    if language:
        marker.insert_before(*(zh if language == "zh" else en))
    else:
        if number:
            element = soup.new_tag("span", attrs={"class": "toc-number"})
            element.string = number
            marker.insert_before(element, " ")
        marker.insert_before(span(soup, "zh", zh), separator(soup), span(soup, "en", en))
    marker.extract()


def _trim(zh, en, numbered):
    """Strip blanks at the sides' outer ends; return a chapter number before them, if any."""
    number = None
    if type(zh[0]) is NavigableString:
        head = str(zh[0]).lstrip()
        if numbered and (match := re.match(r"(\d+)[.\d]*\s+", head)):
            number, head = match[1], head[match.end() :]
        zh[0] = NavigableString(chinese_label(head))
        if "(" in head and ")" not in "".join(n.get_text() for n in zh):
            _bracket(zh, en, head)
    if type(zh[-1]) is NavigableString:
        zh[-1] = NavigableString(str(zh[-1]).rstrip())
    if type(en[0]) is NavigableString:
        en[0] = NavigableString(str(en[0]).lstrip())
    if type(en[-1]) is NavigableString:
        en[-1] = NavigableString(str(en[-1]).rstrip())
    return number


def _bracket(zh, en, head):
    """``Exercise 7.1 (翻倍 | Doubling)``: each side gets the label and its own brackets."""
    label, inner = head.split("(", 1)
    zh[0] = NavigableString(f"{chinese_label(label).strip()}（{inner}")
    zh.append(NavigableString("）"))
    en.insert(0, NavigableString(f"{label.strip()} (".lstrip()))


def _join_captions(soup):
    """``图 7.1 | Figure 7.1`` and its caption: one Chinese run, then one English run."""
    for number in soup.select(".caption-number"):
        label = " ".join(number.get_text().split())
        word = chinese(label)
        caption = number.find_next_sibling(class_="caption-text")
        holder = caption if caption is not None else number.parent
        zh = holder.find("span", class_="lang-zh", recursive=False)
        en = holder.find("span", class_="lang-en", recursive=False)
        if word is None or zh is None or en is None:
            continue
        for side, text in ((zh, word), (en, label)):
            inner = soup.new_tag("span", attrs={"class": "caption-number"})
            inner.string = text
            side.insert(0, inner)
            if side is en or caption is not None:
                inner.insert_after(" ")
        number.extract()


def theme_words(soup):
    """Put the Chinese beside each word of the theme's, in text and in attributes."""
    for element in soup.select(CHROME):
        for text in [t for t in element.find_all(string=True) if t.strip()]:
            language = language_of(text)
            word = None if language is False else chinese(text)
            if word is None or (language and not in_reference(text)):
                continue
            english = " ".join(text.split()).replace("© Copyright", "©").removesuffix(".")
            if language or word == english:
                text.replace_with(word if language != "en" else english)
                continue
            zh = span(soup, "zh", [NavigableString(word)])
            en = span(soup, "en", [NavigableString(english)])
            bar = " | " if "admonition-title" in classes(element) else " "
            text.replace_with(zh, separator(soup, bar), en)
            if "caption-number" in classes(element):
                element.insert_after(" ")
    for element in soup.find_all(lambda tag: any(a in tag.attrs for a in ATTRIBUTES)):
        for attribute in ATTRIBUTES:
            if word := chinese(element.get(attribute) or ""):
                element[attribute] = f"{word} | {element[attribute]}"
