"""What chapters say and show: values named once for both languages, notes, stand-in banners."""

from __future__ import annotations

import html
import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
from IPython import get_ipython
from IPython.display import HTML, display
from matplotlib.figure import Figure

from isoflop import datasets, plotting, profiles, results
from isoflop._show import ratio, short  # noqa: F401

# The key under which a page's {glue} roles find a value; "application/papermill.record/" keeps
# the cell from showing the value a second time.
_RECORD = "application/papermill.record/text/plain"


def start() -> None:
    """Set the book's figure style and let warnings read as one plain line."""
    plotting.use_style()
    warnings.formatwarning = lambda message, category, *_: f"{category.__name__}: {message}\n"


@contextmanager
def quiet() -> Iterator[None]:
    """No FitWarning inside: for fits whose warnings the text has told, or counts itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", profiles.FitWarning)
        yield


def both(zh: str, en: str, kind: str) -> HTML:
    """A boxed note in both languages; the page shows the reader's. ``kind``: its CSS class."""
    return HTML(
        f'<div class="{kind}"><div class="lang-zh" lang="zh-CN">{zh}</div>'
        f'<div class="lang-en" lang="en">{en}</div></div>'
    )


def load(name: str) -> pd.DataFrame:
    """A public data set, or a stand-in under a banner that says so."""
    table = datasets.load(name, stand_in=True)
    if table.attrs["stand_in"]:
        name = html.escape(name)
        display(
            both(
                f"<strong>替身数据。</strong>手头没有数据集 <code>{name}</code>，这里用已知定律"
                "模拟的训练记录顶替，只为让代码能运行。由它算出的一切都不是复现；"
                "正文的数字和主要图表来自我们存下的真实结果。",
                f"<strong>Stand-in data.</strong> The data set <code>{name}</code> is not at "
                "hand; runs simulated from a known law take its place so that the code runs. "
                "Nothing computed from them is a replication; the numbers in the text and the "
                "main figures are our stored results on the real data.",
                "isoflop-banner",
            )
        )
    return table


def number(
    name: str,
    value: float,
    interval: tuple[float, float] | None = None,
    *,
    data: pd.DataFrame,
    fmt: str = ".3f",
    **options: float,
) -> None:
    """``results.number`` (which takes ``options``), said under its name; a stored one is noted."""
    result = results.number(name, value, interval, data=data, **options)
    say(name, result, fmt)
    if result.stored:
        _note_stored(name)


def numbers(values: dict, *, data: pd.DataFrame, fmt: str = ".3f", **options: float) -> None:
    """``number`` for each name; a value is a number, or a pair (number, its interval)."""
    for name, value in values.items():
        about = value if isinstance(value, tuple) else (value, None)
        number(name, *about, data=data, fmt=fmt, **options)


def figure(name: str, draw: Callable[[], Figure], *, data: pd.DataFrame) -> None:
    """``results.figure``, displayed; a stored picture carries its note."""
    shown = results.figure(name, draw, data=data)
    display(shown)
    if isinstance(shown, results.Stored):
        _note_stored(name)
    else:
        plotting.close(shown)


_noted: set[object] = set()


def _note_stored(name: str) -> None:
    """Say once a cell that what it shows was stored."""
    shell = get_ipython()
    cell = (id(shell), shell.execution_count) if shell else object()
    if cell in _noted:
        return
    _noted.add(cell)
    about = results.load()[name]
    data, version, date = ", ".join(about["data"]), about["version"], about["date"]
    display(
        both(
            f"存下的结果：由真实数据 <code>{data}</code> 算出（isoflop {version}，{date}）。",
            f"Stored result, computed from the real data <code>{data}</code> "
            f"(isoflop {version}, {date}).",
            "isoflop-note",
        )
    )


def say(name: str, value: object, fmt: str = "") -> None:
    """Print ``name = value`` and give the page's text that value under that name."""
    text = re.sub(r"^[-+](0(?:\.0+)?)$", r"\1", format(value, fmt))  # no sign on a rounded zero
    print(f"{name} = {text}")
    text = re.sub(r"(?<![\w.])-(?=\d)", "−", text)  # prose has a minus sign
    metadata = {"scrapbook": {"name": name, "mime_prefix": _RECORD.removesuffix("text/plain")}}
    # A page reads the record as a Python literal: unquoted, 1,875 would become a pair.
    display({_RECORD: repr(text)}, raw=True, metadata=metadata)


def table(frame: pd.DataFrame, formats: dict[str, Callable]) -> None:
    """Show a table without its index; ``formats``: how to write each column's numbers; "?": none.

    Headings and cells may read ``中文 | English``; the page shows the reader's. ``α_C`` is written
    with its subscript.
    """
    look = {"index": False, "border": 0, "justify": "left", "na_rep": "?"}
    html = frame.to_html(formatters=formats, **look)
    display(HTML(re.sub(r"(?<=[α-ω])_([A-Z])", r"<sub>\1</sub>", html)))


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(value: float, digits: int = 2) -> str:
    """``3.1×10²³``: a number as print shows it, to ``digits`` significant digits.

    >>> from isoflop import notebook
    >>> notebook.power(3.14e23)
    '3.1×10²³'
    """
    if not math.isfinite(value) or value == 0:
        return str(value)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
