"""A number that carries its interval into a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial


class Number(float):
    """A number with its interval, if it has one; ``{x:.2f}`` writes both.

    Besides the usual formats it knows ``short``, ``power`` and ``ratio`` (see ``notebook``).
    """

    def __new__(cls, value: float, interval: Sequence[float] | None = None) -> Number:
        self = super().__new__(cls, value)
        self.interval = interval
        return self

    def __format__(self, spec: str) -> str:
        text, *ends = (_written(x, spec) for x in (float(self), *(self.interval or ())))
        return f"{text} [{', '.join(ends)}]" if ends else text


def _written(value: float, spec: str) -> str:
    from isoflop import notebook

    own = {"short": notebook.short, "ratio": notebook.ratio}
    own["power"] = partial(notebook.power, digits=3)
    return own[spec](value) if spec in own else format(value, spec)
