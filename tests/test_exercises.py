"""Exercise checks: right answers accepted, wrong ones refused with a hint, in both languages."""

import re
from importlib import import_module

import numpy as np
import pytest
from run_chapters import CHAPTERS

from isoflop import exercises
from isoflop.counting import Transformer
from isoflop.exercises import Check, Mistake

KEYS = [
    (chapter.stem, key)
    for chapter in CHAPTERS
    for key in import_module(f"isoflop.exercises.ch{chapter.stem[:2]}").CHECKS
]
CJK = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture
def sample(monkeypatch):
    checks = {
        "07.9": Check(
            exercises.close(2.0),
            "想想指数。",
            "Think of the exponent.",
            (Mistake(exercises.close(4.0), "你平方了。", "You squared it."),),
        )
    }
    monkeypatch.setattr(exercises, "_checks", lambda key: checks)


def test_answers(sample):
    assert exercises.check("07.9", 2.001)
    squared = exercises.check("07.9", 4)
    assert not squared and squared.en == "You squared it."
    other = exercises.check("07.9", 3)
    assert not other and "Think of the exponent" in other.en and "想想指数" in other.zh
    assert 'lang="zh-CN"' in other._repr_html_() and "✗" in str(other)


@pytest.mark.parametrize("answer", ["two", None, ..., [1, 2], object(), float("nan")])
def test_any_answer_gets_a_reply(sample, answer):
    reply = exercises.check("07.9", answer)
    assert not reply and "Think of the exponent" in reply.en


def test_unknown_keys():
    with pytest.raises(ValueError, match="no exercise '99.1'"):
        exercises.check("99.1", 1)
    with pytest.raises(ValueError, match="no exercise '07.77'; this chapter has 07"):
        exercises.check("07.77", 1)


@pytest.mark.parametrize(("chapter", "key"), KEYS)
def test_every_check_is_complete(chapter, key):
    """Both languages, a hint for a typical mistake, nonsense refused, used in its chapter."""
    found = exercises._checks(key)[key]
    assert found.mistakes
    for zh, en in [(found.zh, found.en), *((m.zh, m.en) for m in found.mistakes)]:
        assert CJK.search(zh) and en and not CJK.search(en)
    assert not exercises.check(key, "nonsense")
    text = next(path for path in CHAPTERS if path.stem == chapter).read_text(encoding="utf-8")
    assert f'check(\\"{key}\\"' in text


def _tied_ratio(d, n, V, T):
    return Transformer(d, n, 4 * d, d // 64, V, T, tied=True).six_n_ratio()


def _falls_to_zero(steps, long):
    past = np.arange(1, steps + 1) / (long * steps)
    return 0.5 + 0.5 * np.cos(np.pi * past)


def _mistaken(key: str):
    """A wrong answer of a kind students give, where the mistake is not one number."""
    chapter = import_module(f"isoflop.exercises.ch{key[:2]}")
    return {
        "01.4": lambda: lambda *about: 3600 * chapter._rent(*about),
        "02.3": lambda: _tied_ratio,
        "03.4": lambda: lambda *design: np.log(10) * chapter._needed(*design),
        "05.3": lambda: _falls_to_zero,
        "07.3": lambda: chapter._without_each_budget()[::-1],
        "09.3": lambda: 1 - chapter._above_half(),
        "11.3": lambda: chapter._cold()[::-1],
        "12.2": lambda: chapter._half_size()[::-1],
        "13.1": lambda: (0.5, 0.5),
        "13.3": lambda: chapter._near(1.1),
    }[key]()


@pytest.mark.parametrize(("chapter", "key"), KEYS)
def test_typical_mistakes_get_their_hint(chapter, key):
    """Each mistake that is a number is refused with its own hint; of the others, one a check."""
    found = exercises._checks(key)[key]
    numbers = [m for m in found.mistakes if hasattr(m.judge, "typical")]
    for mistake in numbers:
        reply = exercises.check(key, mistake.judge.typical())
        assert not reply and reply.en == mistake.en
    if not numbers:
        reply = exercises.check(key, _mistaken(key))
        assert not reply and reply.en in {m.en for m in found.mistakes}
