"""Figures that move: one slider, every place of it computed beforehand, a still picture beside it.

A figure is a plain dict in Plotly's schema, so that nothing here needs Plotly: JupyterLab draws
it, the site draws it once a reader asks, and everything else shows the still picture. Its moving
traces stand in Plotly's ``frames``; no number is computed outside Python.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from IPython.display import display
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from isoflop import plotting

MIME = "application/vnd.plotly.v1+json"
DIGITS = 5  # significant digits of every coordinate: enough for any screen, and short
SIZE = (6.8, 4.0)  # inches of the still picture; the moving one has the same shape
FONT = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


@dataclass(frozen=True)
class Place:
    """One place of the slider: what it says, in symbols and numbers, and what is drawn there."""

    text: str
    traces: Sequence[dict]


# ---------- What is drawn ----------


def points(x: ArrayLike, y: ArrayLike, colour: str, *, size=7, diamond=False) -> dict:
    """Data: points at (x, y)."""
    marker = {"color": colour, "size": size, "symbol": "diamond" if diamond else "circle"}
    return _trace(x, y) | {"mode": "markers", "marker": marker}


def line(x: ArrayLike, y: ArrayLike, colour: str, *, width=2, dash=False) -> dict:
    """A fit, or an interval as a bar: a line through (x, y); dashed where it is extrapolated."""
    look = {"color": colour, "width": width, "dash": "dash" if dash else "solid"}
    return _trace(x, y) | {"mode": "lines", "line": look}


def band(x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str) -> dict:
    """An interval: the area between ``low`` and ``high``."""
    x, low, high = (np.asarray(v, dtype=np.float64) for v in (x, low, high))
    outline = _trace(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]))
    red, green, blue, _ = (round(255 * part) for part in to_rgba(colour))
    fill = f"rgba({red},{green},{blue},0.16)"
    return outline | {"mode": "lines", "line": {"width": 0}, "fill": "toself", "fillcolor": fill}


def _trace(x: ArrayLike, y: ArrayLike) -> dict:
    return {"type": "scatter", "x": _short(x), "y": _short(y)}


def _short(values: ArrayLike) -> list[float]:
    values = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("a moving figure draws finite numbers in one row; check x and y for NaN")
    return [float(f"{value:.{DIGITS}g}") for value in values]


# ---------- The figure ----------


def figure(
    places: Sequence[Place],
    axes: dict[str, tuple],
    *,
    slider: str,
    log: str = "",
    fixed: Sequence[dict] = (),
    start: int = 0,
) -> dict:
    """A figure in Plotly's schema whose slider goes through ``places``.

    Parameters
    ----------
    places : two or more, all with as many traces.
    axes : {"x": (label, low, high), "y": (label, low, high)}, and a fourth entry, {place: text},
        for ticks at these places only; labels as in ``plotting.AXES``, or a key of it.
    slider : what it moves, ``中文 | English``.
    log : which of "x" and "y" are logarithmic.
    fixed : traces below the moving ones that stay.
    start : the place shown first, and in the still picture.

    Raises ValueError for fewer than two places, places of unequal numbers of traces, a ``start``
    that is no place, or a slider without a name in both languages.
    """
    counts = {len(place.traces) for place in places}
    if len(places) < 2 or len(counts) != 1:
        raise ValueError(f"need two places or more with as many traces each; got {sorted(counts)}")
    if not 0 <= start < len(places):
        raise ValueError(f"start = {start} is none of the {len(places)} places")
    if " | " not in slider:
        raise ValueError(f"the slider's name must read `中文 | English`; got {slider!r}")
    which = list(range(len(fixed), len(fixed) + counts.pop()))
    frames = [
        {"name": str(i), "data": list(place.traces), "traces": which}
        for i, place in enumerate(places)
    ]
    layout = _layout(axes, log) | {"sliders": [_slider(places, start)], "meta": {"slider": slider}}
    return {"data": [*fixed, *places[start].traces], "layout": layout, "frames": frames}


def _layout(axes: dict[str, tuple], log: str) -> dict:
    layout = {
        "template": {},
        "showlegend": False,
        "hovermode": "closest",
        "height": 440,
        "margin": {"l": 70, "r": 18, "t": 14, "b": 56},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "font": {"family": FONT, "size": 14, "color": plotting.INK},
    }
    for name in "xy":
        layout[f"{name}axis"] = _axis(*axes[name], log=name in log)
    return layout


def _axis(label: str, low: float, high: float, ticks: dict | None = None, *, log: bool) -> dict:
    ends = np.log10([low, high]) if log else np.array([low, high])
    axis = {
        "type": "log" if log else "linear",
        "range": [float(end) for end in ends],
        "title": {"text": html(plotting.AXES.get(label, label)), "standoff": 8},
        "gridcolor": "#e4e6ea",
        "linecolor": plotting.GREY,
        "showline": True,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": plotting.GREY,
    }
    if ticks:
        return axis | {"tickvals": [float(t) for t in ticks], "ticktext": list(ticks.values())}
    return axis | ({"dtick": 1, "exponentformat": "power"} if log else {})


def _slider(places: Sequence[Place], start: int) -> dict:
    """Plotly's own slider, for JupyterLab; the site has one that the keyboard can move."""
    still = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}}
    still["transition"] = {"duration": 0}
    steps = [
        {"label": place.text, "method": "animate", "args": [[str(i)], still]}
        for i, place in enumerate(places)
    ]
    return {
        "active": start,
        "steps": steps,
        "pad": {"t": 52},
        "ticklen": 0,
        "font": {"color": "rgba(0,0,0,0)", "size": 1},  # only the current place is written
        "currentvalue": {"font": {"color": plotting.INK, "size": 14}},
    }


def html(label: str) -> str:
    """A label's formulas as Plotly writes them: ``$N_f$ [FLOP]`` as ``<i>N</i><sub>f</sub> …``."""

    def formula(match: re.Match) -> str:
        text = re.sub(r"_(?:\{\\mathrm\{(\w+)\}\}|(\w))", r"<\1\2>", match[1])
        text = re.sub(r"(?<![<\w])([A-Za-z])(?![\w>])", r"<i>\1</i>", text)
        text = re.sub(r"<(?!/?i>)(\w+)>", r"<sub>\1</sub>", text)
        return text.replace("-", "−")

    return re.sub(r"\$([^$]*)\$", formula, label)


# ---------- The still picture, and showing both ----------


def still(moved: dict, axes: dict[str, tuple], *, log: str = "") -> Figure:
    """The picture at the slider's first place, drawn by Matplotlib from the same numbers."""
    picture, ax = plotting.axes(axes["x"][0], axes["y"][0], log=log, figsize=SIZE)
    for trace in moved["data"]:
        _draw(trace, ax)
    ax.set(xlim=axes["x"][1:3], ylim=axes["y"][1:3])
    for name in "xy":
        if len(axes[name]) > 3:
            plotting.ticks(ax, **{name: axes[name][3]})
    text = moved["layout"]["sliders"][0]
    ax.set_title(text["steps"][text["active"]]["label"], fontsize=10.5, loc="left")
    return picture


def _draw(trace: dict, ax) -> None:
    x, y = trace["x"], trace["y"]
    if trace.get("fill") == "toself":
        red, green, blue, alpha = trace["fillcolor"][5:-1].split(",")
        colour = tuple(int(part) / 255 for part in (red, green, blue))
        ax.fill(x, y, color=colour, alpha=float(alpha), lw=0)
    elif trace["mode"] == "markers":
        look = trace["marker"]
        shape = "D" if look["symbol"] == "diamond" else "o"
        # Plotly's sizes are pixels (96 to the inch), Matplotlib's are points (72).
        ax.plot(x, y, shape, color=look["color"], ms=0.75 * look["size"], zorder=4)
    else:
        look = trace["line"]
        style = "--" if look["dash"] == "dash" else "-"
        ax.plot(x, y, style, color=look["color"], lw=0.75 * look["width"])


def show(moved: dict, picture: Figure) -> None:
    """Display one output that carries both: what can move it does, the rest shows the picture."""
    file = io.StringIO()
    picture.savefig(file, format="svg", metadata={"Date": None})
    plotting.close(picture)
    # Plotly's row of buttons leads to another host, and zooming is not what the slider is for.
    bare = {"config": {"displayModeBar": False}}
    display({MIME: moved | bare, "image/svg+xml": file.getvalue()}, raw=True)


def display_both(places, axes, **options) -> None:
    """``figure`` and its ``still``, shown."""
    moved = figure(places, axes, **options)
    show(moved, still(moved, axes, log=options.get("log", "")))
