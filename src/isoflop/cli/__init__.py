"""The command line: ``isoflop``, what the package does without a notebook.

One module a command. Heavy imports stay inside the commands, so that ``isoflop --help`` is quick.
"""

from __future__ import annotations

import typer

from isoflop.cli import data, design, fit, minirun, plan

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(minirun.app, name="minirun")
app.add_typer(data.app, name="data")
app.command()(plan.plan)
app.command()(design.design)
app.command()(fit.fit)


@app.callback()
def main() -> None:
    """Scaling laws by IsoFLOP."""
