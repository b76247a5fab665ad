"""Notebook results are kept per state of the code, the pins and the data.

jupyter-cache knows a notebook by its cells alone. Chapters also depend on the package in
``src/``, on the pinned versions, on the ledger of claims and on which public data are at hand, so
each such state gets a cache folder of its own, and pages are read again when it changes.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

KEPT = 4  # states whose results stay, so that switching back and forth does not run all again


def file_digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def data_folder():
    """Where the public data are: $ISOFLOP_DATA, else the package's folder in the user's cache."""
    if named := os.environ.get("ISOFLOP_DATA"):
        return Path(named)
    sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))  # where not installed
    from isoflop._fetch import cache_folder  # the package alone knows where it keeps things

    return cache_folder()


def inputs(root, data):
    """Every (name, digest) that the chapters' results depend on, in a fixed order."""
    files = [p for p in sorted((root / "src").rglob("*")) if p.is_file()]
    files = [p for p in files if "__pycache__" not in p.parts and ".egg-info" not in str(p)]
    for path in [*files, root / "requirements.txt", root / "book" / "claims.yml"]:
        if path.is_file():
            yield path.relative_to(root).as_posix(), file_digest(path)
    if data is not None and data.is_dir():
        # By content, not by name: the package recognises mirrored files by their checksum.
        for digest in sorted(file_digest(p) for p in data.iterdir() if p.is_file()):
            yield "data", digest


def key(root, data=None):
    """A short name for the state of everything but the notebooks themselves."""
    digest = hashlib.sha256()
    for name, value in inputs(Path(root), data):
        digest.update(f"{name}={value}\n".encode())
    return digest.hexdigest()[:16]


def prune(folder, current, kept=KEPT):
    """Remove the cache folders used longest ago, never the current one."""
    if not folder.is_dir():
        return
    others = [p for p in folder.iterdir() if p.is_dir() and p.name != current]
    others.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in others[kept - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def configure(app, config):
    config.execution_key = key(app.srcdir, data_folder())
    if config.nb_execution_cache_path:
        return  # a folder asked for in the configuration stays
    folder = Path(app.outdir).parent / ".jupyter_cache"
    current = folder / config.execution_key
    current.mkdir(parents=True, exist_ok=True)
    os.utime(current)
    prune(folder, config.execution_key)
    config.nb_execution_cache_path = str(current)


def setup(app):
    # "env": a changed value makes Sphinx read every page again instead of its stored doctree.
    app.add_config_value("execution_key", "", "env", [str])
    app.connect("config-inited", configure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
