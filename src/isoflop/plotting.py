"""One style for every figure, and a function for each kind of figure that stands twice.

Points are data, lines are fits, bands are intervals, dashes are extrapolation. Axes carry symbols
and units only; words go into captions, which are bilingual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from isoflop import published
from isoflop.published import Model

if TYPE_CHECKING:
    import pandas as pd

    from isoflop.envelope import EnvelopeFit
    from isoflop.profiles import LineReplicates, ProfilesFit

# Okabe and Ito's colours, safe for the common colour-vision deficiencies.
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072b2", "#d55e00", "#009e73", "#b1283f", "#9c5c8f"
SKY, GREY, INK = "#56b4e9", "#8a8f98", "#22262b"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
"""The book's colours; ``CYCLE`` in the order that Matplotlib takes them."""

AXES = {
    "N": r"$N$ [parameters]",
    "D": r"$D$ [tokens]",
    "C": r"$C$ [FLOP]",
    "L": r"$L$ [nats/token]",
    "D/N": r"$D/N$ [tokens/parameter]",
}
"""Labels of axes by symbol, with their units."""

STYLE = {
    "figure.figsize": (6.8, 4.0),
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "axes.facecolor": "white",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "grid.color": "#e4e6ea",
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "font.size": 11,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "isoflop",
}
"""Matplotlib settings that every figure of the book shares."""


def use_style() -> None:
    """Apply the style; inside a notebook figures become SVG, sharp at any size."""
    mpl.rcParams.update(STYLE)
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})
    except (ImportError, AttributeError):  # not inside a notebook
        pass


def close(figure: Figure) -> None:
    """Close a figure that has been shown, so that a notebook does not show it again."""
    plt.close(figure)


def axes(x: str, y: str, *, log: str = "xy", **kwargs) -> tuple[Figure, Axes]:
    """A figure with one pair of axes labelled by symbol: ``axes("N", "L", log="x")``."""
    figure, ax = plt.subplots(**kwargs)
    label(ax, x, y, log=log)
    return figure, ax


def label(ax: Axes, x: str, y: str, *, log: str = "") -> None:
    """Label axes by symbol (a key of ``AXES``, or any text) and set their scales."""
    ax.set(xlabel=AXES.get(x, x), ylabel=AXES.get(y, y))
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")


def ticks(
    ax: Axes, x: Iterable[float] | dict | None = None, y: Iterable[float] | dict | None = None
) -> None:
    """Ticks at these places only, written as plain numbers, or as a dict {place: text} says."""
    for axis, places in ((ax.xaxis, x), (ax.yaxis, y)):
        if places is not None:
            texts = places.values() if isinstance(places, dict) else (f"{p:g}" for p in places)
            axis.set_ticks(list(places), list(texts))
    ax.minorticks_off()


def levels(ax: Axes, *heights: float) -> None:
    """Dashed grey lines across the axes, behind everything: values to compare with."""
    for height in heights:
        ax.axhline(height, ls="--", lw=1, color=GREY, zorder=0)


def colours(count: int) -> np.ndarray:
    """``count`` colours from strong to faint for an ordered quantity such as the budget."""
    # Fainter ones vanish in the dark theme.
    return plt.colormaps["viridis"](np.linspace(0.0, 0.72, count))


def profiles(fit: ProfilesFit, table: pd.DataFrame, ax: Axes) -> None:
    """IsoFLOP curves: runs as points, each budget's fit as a line, minima as diamonds.

    ``fit`` is a ``profiles.ProfilesFit``; ``table`` the runs it was made from. Minima outside the
    sampled sizes are hollow, and the curve towards them is dashed.
    """
    for colour, profile, minimum in zip(
        colours(len(fit.profiles)), fit.profiles, fit.minima.itertuples()
    ):
        here = table["flops"] == profile.budget
        N = table["params"][here]
        ax.plot(N, table["loss"][here], "o", ms=3.5, color=colour, alpha=0.75)
        grid = np.geomspace(N.min(), N.max(), 100)
        ax.plot(grid, profile.loss(grid), "-", lw=1.3, color=colour)
        if not minimum.inside:
            reach = np.geomspace(min(minimum.N, N.max()), max(minimum.N, N.min()), 30)
            ax.plot(reach, profile.loss(reach), "--", lw=1.0, color=colour)
        face = colour if minimum.inside else "white"
        ax.plot(minimum.N, minimum.loss, "D", ms=7, mec=colour, mfc=face, zorder=5)
    label(ax, "N", "L", log="x")


def minima_line(
    fit: ProfilesFit, ax: Axes, *, colour: str = BLUE, to: float | None = None, name: str = ""
) -> None:
    """N* against C: minima, the fitted line, its bootstrap band, dashed beyond the data."""
    C, N = fit.minima["budget"].to_numpy(), fit.minima["N"].to_numpy()
    inside = fit.minima["inside"].to_numpy()
    ax.plot(C[inside], N[inside], "D", ms=6, color=colour)
    ax.plot(C[~inside], N[~inside], "D", ms=6, mec=colour, mfc="white")
    ax.plot(C, fit.N(C), "-", color=colour, label=name or None)
    grid = np.geomspace(C.min(), to or C.max(), 80)
    band = np.array([fit.interval("N_opt", C) for C in grid])
    ax.fill_between(grid, *band.T, color=colour, alpha=0.15, lw=0)
    if to:
        beyond = grid[grid >= C.max()]
        ax.plot(beyond, fit.N(beyond), "--", color=colour)
    label(ax, "C", "N", log="xy")


def winners_line(
    fit: EnvelopeFit,
    replicates: LineReplicates,
    C: np.ndarray,
    ax: Axes,
    *,
    colour: str = BLUE,
    name: str = "",
) -> None:
    """N* against C by approach 1: winners as points, the fitted line, its bootstrap band.

    ``fit`` is an ``envelope.EnvelopeFit``, ``replicates`` what ``envelope.bootstrap`` returned;
    line and band are drawn at the budgets ``C``, FLOPs.
    """
    band = np.array([replicates.interval("N_opt", c) for c in C])
    ax.fill_between(C, *band.T, color=colour, alpha=0.18, lw=0)
    ax.plot(fit.winners["budget"], fit.winners["params"], "o", ms=2.2, color=colour)
    ax.plot(C, fit.N(C), color=colour, label=name or None)


def estimates(
    x: ArrayLike,
    values: ArrayLike,
    intervals: ArrayLike,
    ax: Axes,
    *,
    colour: str = BLUE,
    nudge: float = 1.0,
) -> None:
    """Estimates side by side as joined points, each with its interval as a vertical line.

    ``x`` is multiplied by ``nudge``, so that series at the same places stand beside each other.
    """
    x = np.asarray(x) * nudge
    ax.vlines(x, *np.transpose(intervals), color=colour, lw=1.4, capstyle="projecting")
    ax.plot(x, values, "o-", lw=0.8, color=colour)


def budget_lines(ax: Axes, budgets: Iterable[float], *, colour: str = GREY) -> None:
    """Lines of equal C = 6ND across axes of N (x) and D (y), each labelled with its budget."""
    low, high = ax.get_xlim()
    bottom, top = ax.get_ylim()
    grid = np.geomspace(low, high, 200)
    for C in budgets:
        D = C / (6 * grid)
        ax.plot(grid, D, ":", lw=1, color=colour, zorder=1)
        # At the lower end, on the side the line falls away from; room for the label below it.
        visible = np.flatnonzero((D > bottom * (top / bottom) ** 0.07) & (D < top))
        if len(visible):
            at = visible[-1]
            text = rf"$10^{{{round(np.log10(C))}}}$"
            ax.text(grid[at], D[at], text, color=colour, fontsize=9, ha="right", va="top")
    ax.set(xlim=(low, high), ylim=(bottom, top))


def models(
    ax: Axes,
    x: Callable[[Model], float],
    y: Callable[[Model], float],
    names: dict,
    *,
    colour: str = ORANGE,
    ms: float = 6,
    size: float = 9,
) -> None:
    """Trained models whose tokens are published, as points at (x(model), y(model)).

    ``names``: {name: (right, up)}, the models to write by name and how far from their point, in
    points; to the left of it where ``right`` is negative.
    """
    for m in published.MODELS.values():
        if np.isfinite(m.D):
            ax.plot(x(m), y(m), "o", ms=ms, color=colour, zorder=5)
            if m.name in names:
                side = "right" if names[m.name][0] < 0 else "left"
                text = {"xytext": names[m.name], "textcoords": "offset points", "ha": side}
                ax.annotate(m.name, (x(m), y(m)), fontsize=size, **text)


def forest(rows: Sequence[tuple], ax: Axes) -> None:
    """Estimates one below the other, each with its intervals: what a choice is worth.

    ``rows``: (label, value, inner, outer, colour); ``inner`` is drawn thick and ``outer`` thin,
    either may be None. A row without an inner interval has a hollow point.
    """
    for place, (_, value, inner, outer, colour) in enumerate(rows):
        for interval, width in ((inner, 4.5), (outer, 1.2)):
            if interval:
                ax.plot(interval, (place, place), "-", lw=width, color=colour, alpha=0.75)
        ax.plot(value, place, "o", ms=8, mec=colour, mfc=colour if inner else "white", zorder=5)
    ax.set_yticks(range(len(rows)), [row[0] for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
