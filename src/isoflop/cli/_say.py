"""How a command speaks: errors on one line to standard error, durations in words."""

from __future__ import annotations

import typer

from isoflop._said import shown


def stop(message: str, code: int = 1) -> None:
    """Say what is wrong and what to do, on standard error, and leave with ``code``."""
    typer.echo(shown(f"isoflop: {message}"), err=True)
    raise typer.Exit(code)


def tell(text: str, *, nl: bool = True) -> None:
    """Print to standard output; where that is full, say so on one line and leave with 1."""
    try:
        typer.echo(text, nl=nl)
    except BrokenPipeError:
        raise  # a reader that wants no more, such as head, is no fault
    except OSError as problem:
        stop(f"cannot write standard output: {problem.strerror}")


def duration(seconds: float) -> str:
    """Seconds in words: ``40 s``, ``12 min``."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
