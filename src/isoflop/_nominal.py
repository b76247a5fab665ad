"""Nominal budgets from each run's FLOPs: runs of one IsoFLOP curve rarely agree to the last digit.

Budgets are clusters of log C: neighbours nearer than ``GAP`` belong together, and no cluster may
be wider than ``WIDTH``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

GAP, WIDTH = 0.05, 0.25
"""Of log C: neighbours in a cluster, and a whole cluster from end to end."""

SIZES, GATHERED = 3, 5
"""Sizes a parabola needs; a budget that had to be gathered needs more, or it may be an accident."""


def budgets(flops: pd.Series, params: pd.Series) -> tuple[pd.Series, str]:
    """Each run's nominal budget (NaN where it belongs to none), and how it was found.

    The second is ``"as written"`` where runs share values of C, ``"clustered"`` where they had to
    be gathered (the budget is then the geometric mean). Raises ValueError where C has no clusters.
    """
    per_value = params.groupby(flops.to_numpy()).transform("nunique")
    if (per_value >= SIZES).mean() >= 0.5:
        return flops.copy(), "as written"
    order = np.argsort(flops.to_numpy(), kind="stable")
    log_C = np.log(flops.to_numpy()[order])
    cluster = np.concatenate([[0], np.cumsum(np.diff(log_C) > GAP)])
    label = np.empty(len(order), dtype=int)
    label[order] = cluster
    groups = pd.Series(np.log(flops.to_numpy())).groupby(label)
    mean, width = groups.transform("mean"), groups.transform("max") - groups.transform("min")
    sizes = pd.Series(params.to_numpy()).groupby(label).transform("nunique")
    good = ((width <= WIDTH) & (sizes >= GATHERED)).to_numpy()
    if len(np.unique(label[good])) < 2:
        raise ValueError(
            f"no IsoFLOP budgets: {flops.nunique()} distinct C in {len(flops)} rows do not gather "
            f"at two budgets with {GATHERED} sizes each. Name the nominal budget: --columns "
            f"budget=COLUMN"
        )
    found = np.where(good, np.exp(mean.to_numpy()), np.nan)
    return pd.Series(found, index=flops.index), "clustered"
