"""MyST Markdown of the chapters as plain Markdown, for JupyterLab, VS Code and Colab.

Roles become text or links, directives become headings, block quotes, tables and pictures, and
labels become numbers. `Book` knows the numbers, titles and sources that roles refer to.
"""

import re
from dataclasses import dataclass, field

from pairs import CJK, SEPARATOR
from theme_words import WORDS

FENCE = re.compile(r"^(?P<mark>`{3,}|:{3,})\{(?P<name>[\w:-]+)\}\s*(?P<title>.*)$")
OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
LABEL = re.compile(r"^\(([\w:./-]+)\)=\s*$")
ROLE = re.compile(r"\{([\w:-]+)\}`((?:[^`\\]|\\.)+)`")
TARGETED = re.compile(r"^(.*?)\s*<([^<>]+)>$", re.S)
EQUATION = re.compile(r"^\$\$\n?(.*?)\n?\$\$[ \t]*(?:\(([\w:./-]+)\))?[ \t]*$", re.S | re.M)
BAR = re.compile(r"\s\\\|\s")  # the separator inside a table row
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
ADMONITIONS = {"note", "warning", "tip", "hint", "important", "caution", "attention", "danger"}
SILENT = {"exercise-end", "solution-end", "tableofcontents", "bibliography", "index", "glue"}
WORD = {"figure": ("图", "Figure"), "table": ("表", "Table"), "exercise": ("练习", "Exercise")}


@dataclass
class Book:
    """What the roles of all chapters can refer to, each by its label."""

    titles: dict = field(default_factory=dict)  # label -> (中文 | English, notebook or "")
    numbers: dict = field(default_factory=dict)  # label -> ("figure", "7.1")
    sources: dict = field(default_factory=dict)  # citation key -> (text, address)

    def numbered(self, label, language):
        """``图 7.1``, ``Figure 7.1`` or both."""
        kind, number = self.numbers[label]
        if kind == "equation":
            return f"({number})"
        zh, en = (f"{word} {number}" for word in WORD[kind])
        return {"zh": zh, "en": en}.get(language, f"{zh} | {en}")


def side(text, language, bar=SEPARATOR):
    """One side of ``中文 | English``, or both where no language is asked for."""
    parts = bar.split(text, maxsplit=1)
    if language is None or len(parts) < 2 or not CJK.search(parts[0]):
        return text
    return parts[language == "en"].strip()


def one_side(source, language):
    """Headings, paragraphs and table rows of a shared cell in one language.

    Directives are left as they are: ``convert`` takes their side of them.
    """
    lines, out, at = source.split("\n"), [], 0
    while at < len(lines):
        fence = re.match(r"^\s*(`{3,}|:{3,})", lines[at])
        end = _closing(lines, at, fence[1]) if fence else at
        out += lines[at : end + 1] if fence else [_side_of_line(lines[at], language)]
        at = end + 1
    return "\n".join(out)


def _side_of_line(line, language):
    if language and line.startswith("|"):
        cells = re.split(r"(?<!\\)\|", line)
        return "|".join(f" {side(c.strip(), language, BAR)} " if c.strip() else c for c in cells)
    mark, text = re.match(r"^((?:#{1,6}|[-*>]) +)?(.*)$", line).groups("")
    return mark + side(text, language)


def convert(source, book, values, language=None):
    """A Markdown cell's source without MyST; '' where nothing is left to read."""
    lines = [line for line in source.split("\n") if not LABEL.match(line)]
    text = "\n".join(_blocks(lines, book, values, language))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _blocks(lines, book, values, language):
    """Convert directives, and everything between them; fenced code stays as it is."""
    out, plain, at = [], [], 0
    while at < len(lines):
        opened = FENCE.match(lines[at].strip())
        code = re.match(r"^\s*(`{3,}|~{3,})[^{`]*$", lines[at])
        if not opened and not code:
            plain.append(lines[at])
            at += 1
            continue
        out += _inline("\n".join(plain), book, values, language).split("\n")
        plain = []
        end = _closing(lines, at, opened["mark"] if opened else code[1])
        if code:
            out += lines[at : end + 1]
        else:
            inside = lines[at + 1 : end]
            out += ["", *_directive(opened, inside, book, values, language), ""]
        at = end + 1
    return out + _inline("\n".join(plain), book, values, language).split("\n")


def _closing(lines, start, mark):
    """The line that closes a fence: the same character, at least as often, and nothing else."""
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if line and set(line) == {mark[0]} and len(line) >= len(mark):
            return at
    return len(lines)


def _directive(opened, lines, book, values, language):
    name, title = opened["name"], opened["title"].strip()
    options, body = {}, list(lines)
    while body and (match := OPTION.match(body[0].strip())):
        options[match[1]] = match[2]
        body.pop(0)
    while body and not body[0].strip():
        body.pop(0)
    if name in SILENT:
        return []
    if name == "lang":
        return _blocks(body, book, values, title) if language in (None, title) else []
    if name in ("exercise-start", "exercise", "solution-start", "solution"):
        head = side(_exercise_title(name, title, options, book), language)
        return [
            _inline(f"**{head}**", book, values, language),
            "",
            *_blocks(body, book, values, language),
        ]
    if name in ("figure", "image", "glue:figure"):
        return _picture(name, title, options, body, book, values, language)
    if name in ("list-table", "table"):
        rows = body if name == "table" else _list_table(body, language)
        rows = [_side_of_line(row, language) for row in rows]
        head = [_caption(title, options.get("name"), book, language)] if title else []
        text = "\n".join([*head, "", *rows])
        return _inline(text, book, values, language).split("\n")
    if name == "math":
        return _equation("\n".join(body), options.get("label"), book).split("\n")
    if name in ("code-block", "code"):
        return [f"```{title}", *body, "```"]
    inner = _blocks(body, book, values, language)
    if name == "admonition" or name in ADMONITIONS or title:
        word = title or f"{WORDS.get(name.capitalize(), name)} | {name.capitalize()}"
        inner = [_inline(f"**{side(word, language)}**", book, values, language), "", *inner]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(inner)).strip()
        return [f"> {line}".rstrip() for line in text.split("\n")]
    return inner


def _exercise_title(name, title, options, book):
    label = title.split()[0] if name.startswith("solution") else options.get("label", "")
    number = book.numbers.get(label, ("exercise", ""))[1]
    zh, en = f"练习 {number}".strip(), f"Exercise {number}".strip()
    if name.startswith("solution"):
        return f"解答：{zh} | Solution to {en}"
    if title:
        names = SEPARATOR.split(title, maxsplit=1)
        zh, en = f"{zh}（{names[0]}）", f"{en} ({names[-1]})"
    return f"{zh} | {en}"


def _picture(name, target, options, body, book, values, language):
    out = [] if name == "glue:figure" else [f"![{options.get('alt', '')}]({target})"]
    if body:
        text = _caption(" ".join(body), options.get("name"), book, language)
        out += ["", _inline(text, book, values, language)]
    return out


def _caption(text, label, book, language):
    kind = "figure" if label and label.startswith("fig") else "table"
    return caption(text, book.numbers.get(label, ("", ""))[1], kind, language)


def caption(text, number, kind, language=None):
    """A caption under a picture or above a table, a paragraph for each language.

    Without HTML: JupyterLab leaves maths between tags as it is.
    """
    parts = dict(zip(("zh", "en"), SEPARATOR.split(text, maxsplit=1), strict=False))
    lines = []
    for each, part in ({language: side(text, language)} if language else parts).items():
        head = f"**{WORD[kind][each == 'en']} {number}** " if number else ""
        lines.append(f"{head}{part.strip()}")
    return "\n\n".join(lines)


def _list_table(lines, language):
    rows = []
    for line in lines:
        if match := re.match(r"^\* - ?(.*)$", line):
            rows.append([match[1]])
        elif match := re.match(r"^  - ?(.*)$", line):
            rows[-1].append(match[1])
        elif line.strip() and rows:
            rows[-1][-1] += " " + line.strip()
    cells = [[side(c.strip(), language).replace(" | ", " \\| ") for c in row] for row in rows]
    head = [f"| {' | '.join(row)} |" for row in cells]
    return [*head[:1], "|" + "---|" * len(rows[0]), *head[1:]] if rows else []


def _equation(tex, label, book):
    tag = f" \\tag{{{book.numbers[label][1]}}}" if label in book.numbers else ""
    return f"$$\n{tex.strip()}{tag}\n$$"


def _inline(text, book, values, language):
    """Roles, equation labels and links of running text."""
    text = EQUATION.sub(lambda m: _equation(m[1], m[2], book), text)
    text = "\n".join(line for line in text.split("\n") if not re.match(r"^(% |\+\+\+)", line))
    text = ROLE.sub(lambda m: _role(m[1], m[2], book, values, language), text)
    return LINK.sub(lambda m: _link(m[1], m[2], book, language), text)


def _role(name, text, book, values, language):
    match = TARGETED.match(text)
    shown, target = (match[1], match[2]) if match else ("", text)
    kind = name.split(":")[-1]
    if name.startswith("glue"):
        return glued(target, values)
    if name.startswith("cite"):
        return _citation(target, book, textual=kind.startswith("t"))
    if kind == "numref" and target in book.numbers:
        number = book.numbers[target][1]
        return shown.replace("%s", number) if shown else book.numbered(target, language)
    if kind in ("eq", "numref", "ref") and target in book.numbers:
        return shown or book.numbered(target, language)
    if kind in ("ref", "doc"):
        return _reference(target.split("/")[-1], shown, book, language)
    if kind == "math":
        return f"${text}$"
    if kind in ("term", "abbr", "sub", "sup", "download"):
        return shown or text
    return f"`{shown or target}`"


def glued(name, values):
    """The value a run gave this name; `name:.2f` formats it."""
    name, _, form = name.partition(":")
    if name not in values:
        raise KeyError(f"no cell of the run gives a value named {name!r}")
    value = values[name]
    return format(float(value), form) if form else value


def _citation(keys, book, textual):
    parts = []
    for key in keys.split(","):
        text, address = book.sources.get(key.strip(), (key.strip(), ""))
        parts.append(f"[{text}]({address})" if address else text)
    joined = ", ".join(parts)
    return joined if textual else f"({joined})"


def _reference(target, shown, book, language):
    title, notebook = book.titles.get(target, (target, ""))
    text = shown or side(title, language)
    return f"[{text}]({notebook})" if notebook else text


def _link(shown, target, book, language):
    """Links to labels and to the book's own pages; addresses stay as they are."""
    if "://" in target or target.startswith("mailto:"):
        return f"[{shown}]({target})"
    label = target.removeprefix("#").split("/")[-1].split("#")[0]
    label = re.sub(r"\.(md|ipynb|html)$", "", label)
    if label in book.numbers:
        return shown or book.numbered(label, language)
    return _reference(label, shown, book, language) if label else shown
