"""The command line's reference, written from the commands themselves.

``{command} data fetch`` stands for what ``isoflop data fetch --help`` says: usage, what it does,
its arguments and options. English, like the rest of the reference.
"""

import sys
from pathlib import Path

from api import apientries
from docutils import nodes
from docutils.parsers.rst import Directive

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))  # where not installed


def commands():
    """{"data fetch": command, …} of the whole tree, ``""`` being ``isoflop`` itself."""
    import typer

    from isoflop.cli import app

    found = {}

    def walk(command, path):
        found[" ".join(path)] = command
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*path, name))

    walk(typer.main.get_command(app), ())
    return found


def paragraphs(text):
    """(whether it is to be shown as written, text) of each paragraph of a help text."""
    for block in (text or "").split("\n\n"):
        verbatim = block.lstrip().startswith("\b")
        block = block.replace("\b\n", "").strip("\b")
        if block.strip():
            yield verbatim, block if verbatim else " ".join(block.split())


def argument(parameter):
    """How an argument is written: its name in the help, such as ``RUNS.csv`` or ``[C]``."""
    return parameter.metavar or parameter.name.upper()


def usage(name, command):
    """``isoflop data fetch NAME…|all [OPTIONS]``."""
    words = ["isoflop", *name.split()]
    if hasattr(command, "commands"):
        return " ".join([*words, "COMMAND"])
    words += [argument(p) for p in command.params if p.param_type_name == "argument"]
    return " ".join([*words, "[OPTIONS]"])


def option(parameter, command):
    """(how it is written, what it says) of an argument or option."""
    context = command.make_context("", [], resilient_parsing=True)
    written, said = parameter.get_help_record(context)
    if parameter.param_type_name == "argument":
        written = argument(parameter)
    return " ".join(written.split()), " ".join(said.split())


class Command(Directive):
    """``{command} name``: usage, help, arguments and options."""

    optional_arguments = 2

    def run(self):
        name = " ".join(self.arguments)
        if name not in commands():
            raise self.error(f"isoflop has no command {name!r}; it has {', '.join(commands())}")
        command = commands()[name]
        block = apientries()
        line = usage(name, command)
        block += nodes.literal_block(line, line, language="text", classes=["usage"])
        for verbatim, text in paragraphs(command.help):
            if verbatim:
                block += nodes.literal_block(text, text, language="text")
            else:
                block += nodes.paragraph("", text)
        shown = [option(p, command) for p in command.params if not getattr(p, "hidden", False)]
        if shown:
            block += listed("cli-options", shown)
        if below := getattr(command, "commands", {}):
            block += listed(
                "cli-commands",
                [(f"isoflop {name} {c}".replace("  ", " "), first(b)) for c, b in below.items()],
            )
        return [block]


def first(command):
    """The first paragraph of a command's help."""
    return next(text for _, text in paragraphs(command.help))


def listed(kind, rows):
    """A definition list of (term, text)."""
    entries = nodes.definition_list(classes=[kind])
    for written, said in rows:
        term = nodes.term("", "", nodes.literal("", written))
        meaning = nodes.definition("", nodes.paragraph("", said))
        entries += nodes.definition_list_item("", term, meaning)
    return entries


def setup(app):
    app.add_directive("command", Command)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
