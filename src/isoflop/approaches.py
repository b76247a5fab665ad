"""All three approaches on one table, as far as its columns allow, with intervals and warnings.

The numbers are those of ``envelope``, ``profiles`` and ``surface``: nothing is fitted here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from isoflop import _nominal, _signs, envelope, profiles, surface
from isoflop._replicates import Replicates
from isoflop._said import Note
from isoflop._zh import chinese

ROWS_FOR_PAIRS = 20_000
"""Above this many runs the surface's interval is the sandwich: as wide, and it needs no refits."""

WIDE = 0.5
"""An interval of a wider than this, from one half to all of compute's growth, settles nothing."""

ENVELOPE_WORK = 2e9
"""Runs times budgets times resamples that approach 1 may compare; beyond it resamples are fewer."""


@dataclass(frozen=True)
class Options:
    """What a fit may be told: resamples, seed, level of the intervals.

    ``near``: approach 2 takes only runs within this share of their budget's lowest loss.
    """

    replicates: int = 1000
    seed: int = 0
    level: float = 0.95
    near: float | None = None


@dataclass(frozen=True)
class Approach:
    """One approach's answer. ``status``: ``"ok"``, ``"warning"`` or ``"not possible"`` (``why``).

    ``parameters`` has (value, low, high) by name. ``method`` says what the interval answers for.
    ``budgets``: the least and the largest C that the fit rests on.
    """

    name: str
    status: str
    why: Note | None = None
    a: float = np.nan
    b: float = np.nan
    a_interval: tuple[float, float] = (np.nan, np.nan)
    b_interval: tuple[float, float] = (np.nan, np.nan)
    method: Note | None = None
    parameters: dict = field(default_factory=dict)
    warnings: tuple[Note, ...] = ()
    left_out: tuple[Note, ...] = ()
    fit: object = None
    replicates: Replicates | None = None
    data: pd.DataFrame | None = field(default=None, repr=False)

    def N(self, C: float) -> tuple[float, float, float]:
        """N*(C) in parameters, with its interval."""
        law = getattr(self.fit, "law", None)
        value = law.optimum(C).N if law is not None else self.fit.N(C)
        return (float(value), *self.replicates.interval("N_opt", C))


def fit_all(
    runs: pd.DataFrame,
    curves: pd.DataFrame | None = None,
    options: Options = Options(),
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Approach]:
    """The three approaches by name: surface, profiles, envelope.

    ``runs`` and ``curves`` as ``reading.read`` gives them. ``progress`` is called with a name, the
    resamples done and all of them (0 where they are not counted). An approach the table does not
    allow has ``status`` "not possible" and says why; nothing is raised for it.

    >>> from isoflop import approaches, laws, simulate
    >>> made = simulate.runs(laws.BESIROGLU_2024, [1e19, 1e20, 1e21], [3e8, 1e9, 3e9, 1e10])
    >>> answers = approaches.fit_all(made, options=approaches.Options(replicates=20))
    >>> answers["surface"].status, answers["envelope"].status
    ('ok', 'not possible')
    """
    ways = {
        "surface": lambda: _surface(runs, options, progress),
        "profiles": lambda: _profiles(runs, options),
        "envelope": lambda: _envelope(curves, options, progress),
    }
    answers = {}
    for name, way in ways.items():
        if progress and (name != "envelope" or curves is not None):
            progress(name, 0, 0)
        answers[name] = _tried(name, way)
    return answers


def apart(answers: dict[str, Approach]) -> list[tuple[str, str]]:
    """Pairs of approaches, by name, whose intervals of a do not meet."""
    there = [x for x in answers.values() if x.fit is not None]
    return [
        (x.name, y.name)
        for i, x in enumerate(there)
        for y in there[i + 1 :]
        if x.a_interval[1] < y.a_interval[0] or y.a_interval[1] < x.a_interval[0]
    ]


def disagreement(answers: dict[str, Approach]) -> Note | None:
    """Approaches whose intervals of a do not meet, said; None where all that there are do."""
    pairs = apart(answers)
    if not pairs:
        return None
    en = ", ".join(f"{x} and {y}" for x, y in pairs)
    zh = "，".join(f"{x} 与 {y}" for x, y in pairs)
    return Note(
        f"intervals of a that do not meet: {en}. At least one approach is biased here; noise "
        f"alone does not explain it",
        f"a 的区间不相交：{zh}。这里至少有一种方法有偏，单凭噪声解释不了",
    )


def _tried(name: str, way: Callable) -> Approach:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return way()
        except (ValueError, RuntimeError, ArithmeticError) as problem:
            why = str(problem)
            return Approach(name, "not possible", Note(why, chinese(why)))


def _answer(name: str, fit, replicates, method, notes, **rest) -> Approach:
    share = replicates.failed / max(replicates.failed + len(replicates.table), 1)
    if not np.ptp(replicates.interval("a")) < WIDE:
        text = f"a is not determined: its interval is wider than {WIDE}"
        notes = [*notes, Note(text, f"a 没有定下来：区间宽于 {WIDE}", forbids=True)]
    if share > 0.05:
        notes = [
            *notes,
            Note(
                f"{share:.0%} of resamples gave no fit; the interval omits them and is too narrow",
                f"{share:.0%} 的重抽样没有拟合结果；区间没有算上它们，偏窄",
                forbids=True,
            ),
        ]
    return Approach(
        name,
        "warning" if notes else "ok",
        a=fit.a,
        b=fit.b,
        a_interval=replicates.interval("a"),
        b_interval=replicates.interval("b"),
        method=method,
        warnings=tuple(notes),
        fit=fit,
        replicates=replicates,
        **rest,
    )


def _surface(runs: pd.DataFrame, options: Options, progress) -> Approach:
    N, D, loss = (runs[c].to_numpy() for c in ("params", "tokens", "loss"))
    fit = surface.fit(N, D, loss)
    several = {"seed": options.seed, "level": options.level}
    if len(N) > ROWS_FOR_PAIRS:
        replicates = surface.sandwich(N, D, loss, **several)
        method = Note(
            f"sandwich estimate: with {len(N)} runs (over {ROWS_FOR_PAIRS}) no resampling",
            f"三明治估计：有 {len(N)} 次训练（超过 {ROWS_FOR_PAIRS}），不作重抽样",
        )
    else:
        tell = _counter("surface", options.replicates, progress)
        replicates = surface.bootstrap(
            N, D, loss, replicates=options.replicates, progress=tell, **several
        )
        method = Note(
            f"{options.replicates} resamples of runs", f"对训练重抽样 {options.replicates} 次"
        )
    names = ("E", "A", "B", "alpha", "beta")
    parameters = {n: (getattr(fit.law, n), *replicates.interval(n)) for n in names}
    notes = [Note(text, chinese(text), forbids=True) for text in fit.warnings]
    notes += _signs.of_surface(fit.residuals, replicates, runs)
    return _answer("surface", fit, replicates, method, notes, parameters=parameters, data=runs)


def _profiles(runs: pd.DataFrame, options: Options) -> Approach:
    column = runs["budget"] if "budget" in runs else runs["flops"]
    nominal, how = _nominal.budgets(column, runs["params"])
    used, left_out = runs.assign(flops=nominal)[nominal.notna().to_numpy()], []
    if how == "clustered":
        gone = len(runs) - len(used)
        left_out += [
            Note(
                f"budgets found by gathering C within {_nominal.GAP:.0%} of a neighbour; {gone} "
                f"runs belong to none",
                f"预算由相邻的 C（相差不到 {_nominal.GAP:.0%}）聚成；{gone} 次训练不属于任何一个",
            )
        ]
    columns = [used[c].to_numpy() for c in ("params", "tokens", "loss", "flops")]
    several = {"replicates": options.replicates, "seed": options.seed, "level": options.level}
    fit = profiles.fit(*columns, near=options.near, **several)
    left_out += _not_used(fit, len(used), options.near)
    parameters = {
        "N0": (float(np.exp(fit.log_N0)), *np.exp(fit.replicates.interval("log_N0"))),
        "D0": (float(np.exp(fit.log_D0)), *np.exp(fit.replicates.interval("log_D0"))),
        "a (scatter of minima)": (fit.a, *fit.a_line_interval),
    }
    method = Note(
        f"{options.replicates} resamples of residuals within budgets: noise of losses only",
        f"在各预算内对残差重抽样 {options.replicates} 次：只算损失的噪声",
    )
    return _answer(
        "profiles",
        fit,
        fit.replicates,
        method,
        [*(Note(text, chinese(text)) for text in fit.warnings), *_signs.of_minima(fit)],
        parameters=parameters,
        left_out=tuple(left_out),
        data=used,
    )


def _not_used(fit: profiles.ProfilesFit, runs: int, near: float | None) -> list[Note]:
    """Of the runs that approach 2 was given: those far from their budget's bottom; budgets."""
    found = []
    if fit.far:
        share = f"{100 * near:.3g}%"
        found.append(
            Note(
                f"{fit.far} of {runs} runs: more than {share} above their budget's lowest loss",
                f"{runs} 次训练里的 {fit.far} 次：比所在预算的最低损失高出 {share} 以上",
            )
        )
    texts = [f"budget {gone.budget:.3g}: {gone.reason}" for gone in fit.left_out]
    return found + [Note(text, chinese(text)) for text in texts]


def _envelope(curves: pd.DataFrame | None, options: Options, progress) -> Approach:
    if curves is None:
        why = Note(
            "needs training curves: a run id with several rows (step or tokens, loss), here or "
            "with --curves FILE",
            "需要训练曲线：同一个训练编号有多行（步数或词元、损失），"
            "写在这张表里，或用 --curves FILE",
        )
        return Approach("envelope", "not possible", why)
    fit = envelope.fit(curves)
    several = int((curves.groupby("run").size() > 1).sum())
    count = int(min(options.replicates, max(20, ENVELOPE_WORK / (400 * several))))
    tell = _counter("envelope", count, progress)
    replicates = envelope.bootstrap(
        curves, replicates=count, seed=options.seed, level=options.level, progress=tell
    )
    method = Note(f"{count} resamples of runs", f"对训练重抽样 {count} 次")
    middle = (
        "a curve read in the middle of its learning-rate schedule lies above a run made to that "
        "length: a is biased where schedules were not matched"
    )
    notes = [Note(text, chinese(text)) for text in fit.warnings]
    left_out = [Note(middle, chinese(middle))]
    if fit.single_points:
        text = f"{fit.single_points} runs with one row: too short to interpolate"
        left_out.append(Note(text, f"{fit.single_points} 次训练只有一行，无法插值"))
    parameters = {"N0": (float(np.exp(fit.log_N0)), *np.exp(replicates.interval("log_N0")))}
    return _answer(
        "envelope", fit, replicates, method, notes, parameters=parameters,
        left_out=tuple(left_out), data=curves,
    )  # fmt: skip


def _counter(name: str, whole: int, progress) -> Callable[[int], None] | None:
    if progress is None:
        return None
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(name, done, whole)

    return tell
