"""The command line: ``isoflop``, what the package does without a notebook.

One module a command. Heavy imports stay inside the commands, so that ``isoflop --help`` is quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from isoflop import __version__
from isoflop.cli import data, design, fit, minirun, plan
from isoflop.cli._options import JsonCommand
from isoflop.cli._say import tell

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(minirun.app, name="minirun")
app.add_typer(data.app, name="data")
for command in (plan.plan, design.design, fit.fit):
    app.command(cls=JsonCommand)(command)


def _version(asked: bool) -> None:
    if asked:
        tell(f"isoflop {__version__}")
        raise typer.Exit()


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which, and exit")
]


@app.callback()
def main(version: Version = False) -> None:
    """Scaling laws by IsoFLOP."""
