"""The report's tables, as rows of cells: the optimum, parameters, minima, the largest residuals."""

from __future__ import annotations

import numpy as np

FAR, SHOWN = 5.0, 8
"""Residuals beyond so many median absolute residuals are listed, and how many at most."""


def optimum(section, budgets, t) -> list[tuple]:
    """N*, D* and D/N at each budget by each approach. D* = C/(6 N*)."""
    from isoflop.report import number, spread

    rows = [("C", t("approach"), "N*", t("interval"), "D* = C/(6N*)", "D*/N*", "")]
    for C in budgets:
        for name, x in section.answers.items():
            if x.fit is None:
                continue
            N, low, high = x.N(C)
            D = C / (6 * N)
            beyond = t("extrapolated") if C > section.largest else ""
            cells = (number(N), spread((low, high)), number(D), number(D / N), beyond)
            rows.append((f"{C:.3g}", name, *cells))
    return rows


def parameters(section, t) -> list[tuple]:
    from isoflop.report import number, spread

    rows = [(t("approach"), t("parameter"), t("value"), t("interval"))]
    for name, x in section.answers.items():
        rows += [
            (name, t.known(key), number(v), spread((low, high)))
            for key, (v, low, high) in x.parameters.items()
        ]
    return rows


def minima(section, t) -> list[tuple]:
    """Approach 2, budget by budget."""
    from isoflop.report import number

    rows = [("C", t("count"), "N*", "D*", "D*/N*", "L*", t("inside"))]
    fit = section.answers["profiles"].fit
    if fit is None:
        return rows
    for m in fit.minima.itertuples():
        cells = (number(m.N), number(m.D), number(m.D / m.N), number(m.loss))
        rows.append((f"{m.budget:.3g}", m.runs, *cells, t("yes" if m.inside else "no")))
    return rows


def residuals(section, t) -> list[tuple]:
    """Runs that the surface misses by far more than the others, the worst first."""
    from isoflop.report import number

    rows = [(t("row"), "N", "D", "L", t("residual"), t("times"))]
    fit = section.answers["surface"].fit
    if fit is None:
        return rows
    size = np.abs(fit.residuals)
    middle = float(np.median(size))
    for i in np.argsort(-size)[:SHOWN]:
        if not size[i] > FAR * middle:
            break
        run = section.runs.iloc[i]
        cells = (number(run["params"]), number(run["tokens"]), number(run["loss"]))
        times = f"{size[i] / middle:.0f}" if middle > 0 else "—"
        rows.append((section.runs.index[i], *cells, f"{100 * fit.residuals[i]:+.2f} %", times))
    return rows
