"""Tables that nobody here made, as others would write them: runs of a known law in any dress."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
from typer.testing import CliRunner, Result

from isoflop import cli, laws, simulate

LAW = laws.BESIROGLU_2024
BUDGETS = np.geomspace(1e19, 1e21, 4)


def runs(noise: float = 0.003, seed: int = 0) -> pd.DataFrame:
    """36 runs: nine sizes at each of four budgets."""
    sizes = simulate.sizes_around(LAW, BUDGETS, factor=6, count=9)
    table = simulate.runs(LAW, BUDGETS, sizes, noise=noise, seed=seed)
    return table[["params", "tokens", "flops", "loss"]]


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def isoflop(*words) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])


class Document(HTMLParser):
    """A report as a browser takes it apart: its tags in order, and whether every one is closed."""

    ALLOWED = {
        *("html", "head", "meta", "title", "style", "body", "main", "section", "div", "h1", "h2"),
        *("p", "b", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("figure", "img", "figcaption"),
    }

    def __init__(self, path: Path):
        super().__init__()
        self.found, self.open, self.text = [], [], path.read_text(encoding="utf-8")
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def require_harmless(self) -> None:
        """Only the report's own tags, none that runs or asks for anything."""
        assert self.open == []
        for tag, attributes in self.found:
            assert tag in self.ALLOWED, tag
            assert not [name for name in attributes if name.startswith("on")], attributes
            assert attributes.get("src", "data:image/svg+xml").startswith("data:image/svg+xml")
            assert "href" not in attributes
