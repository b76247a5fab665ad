"""The report's pictures, as SVG text with a transparent ground: points are data, lines fits."""

from __future__ import annotations

import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from isoflop import plotting

DRAWN = 3000
"""Points a picture shows at most; of more, every k-th."""

COLOURS = {"envelope": plotting.GREEN, "profiles": plotting.BLUE, "surface": plotting.ORANGE}


PLAIN = {"figure.constrained_layout.use": False, "figure.autolayout": False}
"""A layout that is solved costs as much as the rest of a picture; margins here are fixed."""


def pictures(answers: dict, budgets: tuple[float, ...]) -> dict[str, str]:
    """Pictures by name: exponents, minima, profiles, residuals; those that the fits allow.

    ``budgets``: further C, FLOPs, that the lines of N*(C) must reach.
    """
    there = {name: x for name, x in answers.items() if x.fit is not None}
    found = {}
    matplotlib.use("Agg")
    with plt.rc_context(plotting.STYLE | PLAIN), np.errstate(all="ignore"):
        if there:
            found["exponents"] = _svg(_exponents(there))
            found["optimum"] = _svg(_optimum(there, budgets))
        if "profiles" in there:
            found["profiles"] = _svg(_profiles(there["profiles"]))
        if "surface" in there:
            found["residuals"] = _svg(_residuals(there["surface"]))
    return found


def _svg(figure) -> str:
    width, height = figure.get_size_inches()
    figure.subplots_adjust(left=0.95 / width, right=1 - 0.2 / width, bottom=0.62 / height, top=0.97)
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_scale() == "log":
                axis.set_major_formatter(_power)
                axis.set_minor_formatter(_between if len(axis.get_majorticklocs()) < 5 else "")
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return text.getvalue()


def _power(value: float, _place=None) -> str:
    """1e18 rather than mathtext: parsing the superscripts of all ticks takes half the time."""
    return f"{value:.0e}".replace("e+", "e")


def _between(value: float, _place=None) -> str:
    """Within few decades the twos and fives are labelled too."""
    return _power(value) if f"{value:e}"[0] in "25" else ""


def _exponents(there: dict):
    figure, ax = plt.subplots(figsize=(6.4, 0.9 + 0.5 * len(there)))
    rows = []
    for name, x in there.items():
        outer = getattr(x.fit, "a_line_interval", None)
        inner = x.a_interval if np.isfinite(x.a_interval).all() else None
        outer = outer if outer is not None and np.isfinite(outer).all() else None
        rows.append((name, x.a, inner, outer, COLOURS[name]))
    plotting.forest(rows, ax)
    ax.axvline(0.5, ls="--", lw=1, color=plotting.GREY, zorder=0)
    ax.set_xlabel(r"$a$, $N^* \propto C^a$")
    return figure


def _optimum(there: dict, budgets: tuple[float, ...]):
    figure, ax = plotting.axes("C", "N")
    for name, x in there.items():
        C = x.data["flops"].to_numpy()
        grid = np.geomspace(C.min(), C.max(), 30)
        _line(x, grid, "-", COLOURS[name], ax, name)
        beyond = [c for c in budgets if c > C.max()]
        if beyond:
            _line(x, np.geomspace(C.max(), max(beyond), 20), "--", COLOURS[name], ax, None)
    if "profiles" in there:
        minima = there["profiles"].fit.minima
        for inside, face in ((True, plotting.BLUE), (False, "white")):
            here = minima[minima["inside"] == inside]
            ax.plot(here["budget"], here["N"], "D", ms=5, mec=plotting.BLUE, mfc=face)
    ax.legend()
    return figure


def _line(x, C: np.ndarray, style: str, colour: str, ax, name: str | None) -> None:
    table = np.array([x.N(c) for c in C])
    table = np.where((table > 0) & (table < 1e30), table, np.nan)
    ax.plot(C, table[:, 0], style, color=colour, label=name)
    ax.fill_between(C, table[:, 1], table[:, 2], color=colour, alpha=0.15, lw=0)


def _profiles(x):
    figure, ax = plotting.axes("N", "L", log="x")
    plotting.profiles(x.fit, _thin(x.data), ax)
    return figure


def _thin(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:: max(1, -(-len(table) // DRAWN))]


def _residuals(x):
    figure, ax = plotting.axes("C", r"$\log L - \log \hat L$ [%]", log="x")
    table = _thin(x.data.assign(residual=100 * x.fit.residuals))
    dots = ax.scatter(
        table["flops"], table["residual"], s=12, c=np.log10(table["params"]), cmap="viridis"
    )
    bar = figure.colorbar(dots, ax=ax)
    bar.set_label(r"$\log_{10} N$")
    ax.axhline(0, lw=1, color=plotting.GREY, zorder=0)
    return figure
