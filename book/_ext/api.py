"""The reference of the package, written by autodoc from its docstrings.

``{api} laws`` stands for every public name of ``isoflop.laws`` in the order of its source
(`api_names`). Signatures show annotations as the source has them, not what they evaluate to; a
name in one becomes a link where the reference has an entry for it. The text is English, marked so,
and shown whichever language the reader has chosen.
"""

import builtins
import functools
import inspect
import re
import typing

from api_names import constant_docs, constant_values, home, load, members, public
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.util.inspect import stringify_signature

PAGES = "book/api"
LONG = 380  # characters of a constant's value; longer ones are left to the source
LARGE = re.compile(r"(?<![\w.])\d{2,}0{5,}\.0\b")  # a constant written out by Python
CJK = re.compile(r"[\u3400-\u9fff]")
# A section of a docstring, and how each of its entries begins.
SECTIONS = {
    "Parameters": re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.*)$"),
    "Raises": re.compile(r"(\w+)$"),
}


class apientries(nodes.General, nodes.Element):
    """Entries of the reference: English in every language, quotes and ``--`` as the source has."""

    def __init__(self, *children):
        super().__init__("", *children, support_smartquotes=False)


class Api(Directive):
    """``{api} module``: the entries of a module's public names."""

    required_arguments = 1

    def run(self):
        # autodoc speaks reStructuredText, and this directive stands in Markdown.
        lines = ["````{eval-rst}", *entries(self.arguments[0]), "````"]
        block = apientries()
        where = self.state.document["source"]
        self.state.nested_parse(StringList(lines, where), self.content_offset, block)
        return [block]


def entries(module):
    """The reStructuredText of a module's entries."""
    name = load(module).__name__
    lines, docs = [f".. py:currentmodule:: {name}", ""], constant_docs(module)
    values = constant_values(module)
    for own, (kind, value) in public(module).items():
        if kind == "data":
            lines += _constant(own, values[own], docs.get(own, ""))
            continue
        lines.append(f".. auto{kind}:: {name}.{own}")
        if kind == "class" and (found := members(value)):
            lines.append(f"   :members: {', '.join(found)}")
            lines.append("   :member-order: bysource")
        lines.append("")
    return lines


def _constant(name, value, doc):
    short = len(value) <= LONG and not CJK.search(value)
    shown = [f"   :value: {value}"] if short else []
    return [f".. py:data:: {name}", *shown, "", *(f"   {line}" for line in doc.splitlines()), ""]


# ---------- Signatures and docstrings ----------


def _source(annotation):
    """An annotation as the source has it."""
    if isinstance(annotation, typing.ForwardRef):
        return annotation.__forward_arg__
    return annotation


def signature(app, what, name, obj, options, args, returned):
    """Annotations as written: ``ArrayLike``, not the union that it stands for."""
    if what not in ("function", "method", "class") or args is None:
        return None
    try:
        found = inspect.signature(obj)
    except (TypeError, ValueError):
        return None
    parameters = [p.replace(annotation=_source(p.annotation)) for p in found.parameters.values()]
    if what == "method" and parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    found = inspect.Signature(parameters, return_annotation=_source(found.return_annotation))
    if what == "class":
        found = found.replace(return_annotation=inspect.Signature.empty)
        if getattr(obj, "_is_protocol", False):
            return "", None  # made by being one, not by calling it
    whole = stringify_signature(found, unqualified_typehints=True)
    args, _, returned = whole.partition(" -> ")
    return LARGE.sub(lambda number: _scientific(number[0]), args), returned or None


def _scientific(digits):
    """88000000000000.0 as a reader can take it in: 8.8e13."""
    mantissa, _, exponent = f"{float(digits):e}".partition("e+")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def house_style(app, what, name, obj, options, lines):
    """Sections of a docstring as fields: ``Parameters`` (name : text) and ``Raises``.

    Napoleon reads ``name : text`` as a name and its type, the paragraph after a section as one
    more parameter, and the words before a property's colon as its type; so this is our own.
    """
    changed, section, previous = [], None, ""
    for line, below in zip(lines, [*lines[1:], ""]):
        if line in SECTIONS and below and not below.strip("-"):
            section = line
            changed += ["", f":{line}:"]
        elif section and previous == section:
            changed.append("")  # the underline
        elif section and (match := SECTIONS[section].match(line)):
            changed += _field(section, *match.groups())
        elif section and (not line or line.startswith(" ")):
            changed.append(f"    {line}" if line else "")
        else:
            section = None
            changed.append(line)
        previous = line
    lines[:] = changed


def _field(section, name, text=""):
    name = f":py:exc:`{name}`" if section == "Raises" else f"``{name}``"
    return [f"    {name}", *([f"        {text}"] if text else [])]


# ---------- Links ----------


def aim(app, doctree):
    """Names in signatures become whole ones: of two classes named Shape the module's own."""
    for node in doctree.findall(pending_xref):
        module = node.get("py:module")
        if node["refdomain"] == "py" and (module or "").startswith("isoflop"):
            _, value = _evaluated(node["reftarget"], module)
            if inspect.isclass(value) and (full := home(value)):
                node["reftarget"], node["refspecific"] = full, False


def unlinked(app, env, node, contnode):
    """Names that the reference has no entry for: plain text where the source knows them."""
    module = node.get("py:module")
    if node.get("refdomain") != "py" or not (module or "").startswith("isoflop"):
        return None
    # A name that nothing knows stays a warning.
    return contnode if _evaluated(node["reftarget"], module)[0] else None


def _evaluated(target, module):
    """Whether a name means something in a module, and what."""
    names = vars(builtins) | vars(typing) | vars(load(module)) | {"isoflop": load("isoflop")}
    head, *rest = target.split(".")
    try:
        return True, functools.reduce(getattr, rest, names[head])
    except (KeyError, AttributeError):
        pass
    # Names for type checkers alone: `if TYPE_CHECKING: from … import Figure`.
    imported = re.search(rf"\bimport\b.*\b{re.escape(head)}\b", inspect.getsource(load(module)))
    return bool(imported), None


# ---------- The finished page ----------


def finish(soup):
    """Short module names; parameters one a line without a list in a heading; named folds."""
    for prefix in soup.select(".api-reference .sig-prename .pre, .api-reference .sig-prename"):
        if prefix.string:
            prefix.string = prefix.string.removeprefix("isoflop.")
    for many in soup.select(".api-reference dt.sig dl"):
        many.name, many["class"] = "span", ["sig-lines"]
        for one in many.find_all("dd"):
            one.name, one["class"] = "span", ["sig-line"]


def add_passes(app, pagename, template, context, doctree):
    if pagename.startswith(PAGES):
        app.add_css_file("api.css")
        context.setdefault("page_passes", []).append(finish)


def visit_entries(self, node):
    self.body.append('<div class="api-reference" lang="en">\n')


def depart_entries(self, node):
    self.body.append("</div>\n")


def pass_through(self, node):
    """Other builders show the entries as they are."""


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.add_node(
        apientries,
        html=(visit_entries, depart_entries),
        latex=(pass_through, pass_through),
        text=(pass_through, pass_through),
    )
    app.add_directive("api", Api)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-process-docstring", house_style)
    app.connect("doctree-read", aim)
    app.connect("missing-reference", unlinked)
    app.connect("html-page-context", add_passes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
