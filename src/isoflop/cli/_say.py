"""How a command speaks: errors on one line to standard error, durations in words."""

from __future__ import annotations

import typer

from isoflop._said import shown


def stop(message: str, code: int = 1) -> None:
    """Say what is wrong and what to do, on standard error, and leave with ``code``."""
    typer.echo(shown(f"isoflop: {message}"), err=True)
    raise typer.Exit(code)


def duration(seconds: float) -> str:
    """Seconds in words: ``40 s``, ``12 min``."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
