"""``python -m isoflop`` is ``isoflop``."""

from isoflop.cli import app

if __name__ == "__main__":
    app(prog_name="isoflop")
