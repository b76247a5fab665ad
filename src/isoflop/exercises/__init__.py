"""Checks a reader can run: ``check("07.2", answer)`` answers in both languages, with a hint.

Each chapter's checks stand in a module of their own (``ch07.py``); a check recomputes the answer
from the package, so no result is written down twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mistake:
    """A wrong answer worth a hint of its own: how to recognise it, and what to say."""

    judge: Callable[[Any], bool]
    zh: str
    en: str


@dataclass(frozen=True)
class Check:
    """How an answer is judged, the hint where it is wrong, what to add where it is right."""

    judge: Callable[[Any], bool]
    zh: str
    en: str
    mistakes: tuple[Mistake, ...] = ()
    well_zh: str = ""
    well_en: str = ""


@dataclass(frozen=True)
class Answer:
    """What a check says; true where the answer is right."""

    ok: bool
    zh: str
    en: str
    key: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        mark = "✓" if self.ok else "✗"
        return f"{mark} {self.zh}\n{mark} {self.en}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        kind, mark = ("ok", "✓") if self.ok else ("hint", "✗")
        return (
            f'<div class="isoflop-check {kind}"><div class="lang-zh" lang="zh-CN">{mark} '
            f'{self.zh}</div><div class="lang-en" lang="en">{mark} {self.en}</div></div>'
        )


def close(expected: float | Callable[[], Any], rel: float = 0.01) -> Callable[[Any], bool]:
    """A judge: every entry within ``rel`` of the expected number or array (its ``typical``)."""

    def judge(answer: Any) -> bool:
        value = expected() if callable(expected) else expected
        answer = np.asarray(answer, dtype=np.float64)
        if answer.shape != np.shape(value):
            return False
        return bool(np.allclose(answer, value, rtol=rel, atol=0.0))

    judge.typical = lambda: expected() if callable(expected) else expected
    return judge


def check(key: str, answer: Any) -> Answer:
    """Judge an answer to exercise ``key``, such as ``"07.2"``.

    Never raises for a wrong answer, whatever it is; raises ValueError for a key there is not.

    >>> from isoflop import exercises
    >>> bool(exercises.check("07.2", "no idea"))
    False
    """
    found = _checks(key).get(key)
    if found is None:
        raise ValueError(f"no exercise {key!r}; this chapter has {', '.join(_checks(key))}")
    try:
        if found.judge(answer):
            zh, en = f"对。{found.well_zh}", f"Right. {found.well_en}".rstrip()
            return Answer(True, zh, en, key)
        for mistake in found.mistakes:
            if mistake.judge(answer):
                return Answer(False, mistake.zh, mistake.en, key)
    except Exception as error:  # the reader's own function may do anything
        problem = f"{type(error).__name__}: {error}"
        return Answer(
            False,
            f"检查时出错：{problem}。{found.zh}",
            f"Checking failed: {problem}. {found.en}",
            key,
        )
    return Answer(False, f"还不对。{found.zh}", f"Not yet. {found.en}", key)


def _checks(key: str) -> dict[str, Check]:
    chapter = key.partition(".")[0]
    try:
        return import_module(f"isoflop.exercises.ch{chapter}").CHECKS
    except ModuleNotFoundError:
        raise ValueError(
            f"no exercise {key!r}: keys look like '07.2', chapter and number"
        ) from None
