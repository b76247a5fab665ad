"""The report: one file, no requests, no script, both languages, everything of the table escaped."""

import re

import numpy as np
import pandas as pd
import pytest
from fit_tables import Document, isoflop, runs, write

from isoflop import _zh, approaches, report
from isoflop._report_words import CAPTIONS, WORDS

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def page(tmp_path, frame, *words):
    path = write(tmp_path / "runs.csv", frame.to_csv(index=False))
    made = isoflop("fit", path, "--bootstraps", 20, "--out", tmp_path / "o", *words)
    document = Document(tmp_path / "o" / "report.html")
    document.require_harmless()
    return made, document.text, document.found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_came_from_the_table_is_escaped(tmp_path, lang):
    frame = pd.concat([runs().assign(group=EVIL), runs(seed=1).assign(group="b")])
    frame[f"{EVIL} kind"] = frame["group"]
    frame = frame.rename(columns={"params": f"N {EVIL}"})
    for words in (("--by", "group"), ()):
        named = ("--columns", f"N=N {EVIL}", "--lang", lang)
        made, text, tags = page(tmp_path, frame, *words, *named)
        assert made.exit_code in (0, 3), made.output
        assert "&lt;script&gt;" in text
        assert not [t for t, a in tags if t == "script" or "onerror" in a]
        assert all(a["src"].startswith("data:image/svg") for t, a in tags if t == "img")


def test_asks_for_nothing_outside(tmp_path):
    _, text, tags = page(tmp_path, runs())
    policy = next(a["content"] for t, a in tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    bare = re.sub(r'src="data:[^"]*"', "", text)
    assert "http://" not in bare and "https://" not in bare and "url(" not in bare
    assert {t for t, _ in tags}.isdisjoint({"script", "link", "iframe", "object", "form"})
    assert "prefers-color-scheme:dark" in text


def test_two_languages(tmp_path):
    _, zh, _ = page(tmp_path, runs(), "--lang", "zh")
    _, en, _ = page(tmp_path, runs(), "--lang", "en")
    assert 'lang="zh-CN"' in zh and "曲面" in zh
    shown = re.sub(r"<style>.*?</style>|base64,[^\"]*", "", en, flags=re.S)
    assert not re.search(r"[\u3400-\u9fff]", shown)
    assert all(len(pair) == 2 and all(pair) for pair in (WORDS | CAPTIONS).values())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t.iloc[:5],
        lambda t: t.assign(params=t["params"].iloc[0]),
        lambda t: t.assign(tokens=20 * t["params"], flops=120 * t["params"] ** 2),
        lambda t: t.assign(loss=3.0),
        lambda t: t.assign(loss=t["loss"].max() + 1 - t["loss"]),
        lambda t: t.iloc[:9],
        lambda t: t[t["params"] > t["params"].median()],
    ],
)
def test_every_reason_has_its_chinese(spoil):
    found = approaches.fit_all(spoil(runs()).reset_index(drop=True), None, approaches.Options(20))
    notes = [n for x in found.values() for n in (*x.warnings, *x.left_out)]
    notes += [x.why for x in found.values() if x.why]
    assert any(x.status != "ok" for x in found.values())
    for note in notes:
        assert re.search(r"[\u3400-\u9fff]", note.zh), note


def test_numbers_survive_translation():
    said = _zh.chinese("budget 1e+20: the minimum, N = 5.01e+08, lies outside the sampled sizes")
    assert "1e+20" in said and "5.01e+08" in said


def test_disagreement_and_residuals_are_shown(tmp_path):
    frame = runs()
    frame.loc[4, "loss"] *= 1.2
    _, text, _ = page(tmp_path, frame)
    assert "Runs that the surface misses most" in text
    row = re.search(r"<caption>Runs that.*?<tbody><tr><td>(\d+)</td>", text).group(1)
    assert row == "5"  # counted from 1 below the header


def test_numbers_that_are_not_are_dashes():
    assert report.number(float("nan")) == "—" and report.spread((np.inf, 1.0)) == "[—, 1]"
