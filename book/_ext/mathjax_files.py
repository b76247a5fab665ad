"""Where MathJax lies on this machine: a Python package brings it."""

import importlib.util
from pathlib import Path


def mathjax_source():
    """Where the package keeps MathJax; its name has hyphens, so it is found, not imported."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or not spec.origin:
        raise RuntimeError("sphinx-mathjax-offline is not installed: run `make book`")
    return Path(spec.origin).parent / "static" / "mathjax"
