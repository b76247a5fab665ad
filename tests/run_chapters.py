"""Run chapters as papermill does; as a script, renew or check the stored results.

``run_chapters.py store`` runs every chapter with $ISOFLOP_RESULTS=store.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import papermill

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TIMEOUT = 600  # as the book has it


def run(chapter: Path, output: Path, parameters: dict | None = None, **environment: str):
    """Execute one chapter with parameters and environment variables; the executed notebook.

    An empty value unsets its variable. The kernel inherits this process's environment.
    """
    before = dict(os.environ)
    for name, value in environment.items():
        os.environ.pop(name, None)
        if value:
            os.environ[name] = value
    try:
        return papermill.execute_notebook(
            chapter,
            output,
            parameters=parameters or {},
            cwd=chapter.parent,
            kernel_name="python3",
            progress_bar=False,
            execution_timeout=TIMEOUT,
        )
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for chapter in CHAPTERS:
            print(f"{chapter.stem} …", flush=True)
            run(chapter, Path(folder) / chapter.name, ISOFLOP_RESULTS=sys.argv[1])
