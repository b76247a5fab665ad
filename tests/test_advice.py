"""What to do next: each finding gets its line, computed from the table, in both languages."""

import json
import re
import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fit_tables import LAW, isoflop, runs, write

from isoflop import (
    _advice,
    _doubts,
    _leave_out,
    _report_files,
    _signs,
    approaches,
    laws,
    profiles,
    report,
    simulate,
    surface,
)
from isoflop.runs import columns_of

FEW = approaches.Options(100)
HAN = re.compile(r"[\u3400-\u9fff]")


def section(table, options=FEW, curves=None, name=""):
    return report.Section(name, table, approaches.fit_all(table, curves, options))


def steps(table, options=FEW, targets=(), column=None):
    found = _advice.steps(section(table, options), "runs.csv", targets, options, column)
    assert 0 < len(found) <= _advice.MOST
    assert all(HAN.search(note.zh) and not HAN.search(note.en) for note in found), found
    return [note.en for note in found]


def stretched() -> pd.DataFrame:
    """Sizes far above the optimum as well, whose loss rises along a line and not a parabola."""
    budgets = np.geomspace(1e18, 1e21, 5)
    away = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    N = (LAW.optimum(budgets).N[:, None] * np.exp(away)).ravel()
    C = np.repeat(budgets, len(away))
    low = np.repeat(LAW.loss(LAW.optimum(budgets).N, LAW.optimum(budgets).D), len(away))
    rise = np.tile(0.03 * np.minimum(away, 1) ** 2 + 0.4 * np.maximum(away - 1, 0), len(budgets))
    noise = 1 + 0.0005 * np.random.default_rng(0).standard_normal(len(C))
    columns = {"params": N, "tokens": C / (6 * N), "flops": C, "loss": low * (1 + rise) * noise}
    return pd.DataFrame(columns)


def test_where_nothing_is_wrong_only_the_next_runs_are_left():
    (only,) = steps(runs())
    assert only == (
        "nothing here has to be mended; to narrow N*(1e+22): isoflop design runs.csv "
        "--target 1e+22 --spend 1e+21"
    )


def test_the_target_asked_for_is_the_one_planned_for():
    assert "design runs.csv --target 5e+23 --spend 1e+21" in steps(runs(), targets=[1e22, 5e23])[-1]


@pytest.mark.parametrize("file", ["runs.csv", "a b.csv", "$(x).csv"])
@pytest.mark.parametrize("by", [False, True])
def test_the_command_can_be_pasted(tmp_path, monkeypatch, file, by):
    """As a shell takes it apart, it plans for the runs that the fit was made of."""
    table = runs().rename(columns={"params": "big n"}).assign(use="a b", kind="it's")
    other = table.assign(use="no", loss=table["loss"] * 1.1)
    write(tmp_path / file, pd.concat([table, other]).to_csv(index=False))
    monkeypatch.chdir(tmp_path)
    how = ("--by", "kind") if by else ()
    words = ("--columns", "N=big n", "--only", "use=a b", *how, "--bootstraps", 20)
    said = isoflop("fit", file, *words).stdout
    command = shlex.split(re.search(r"isoflop (design .*)", said).group(1))
    assert command[1] == file and "N=big n" in command and ("kind=it's" in command) == by
    planned = isoflop(*command, "--worlds", 2, "--budgets", 1, "--sizes", 3, "--json")
    assert planned.exit_code == 0, planned.output
    law = surface.fit(*(table[c] for c in ("big n", "tokens", "loss"))).law
    assert json.loads(planned.stdout)["now"]["N"] == pytest.approx(law.optimum(1e22).N, rel=1e-6)


def test_a_file_that_looks_like_an_option():
    assert _advice._file("-x.csv") == "./-x.csv"


def test_far_sizes_that_bend_parabolas():
    table = stretched()
    first = steps(table)[0]
    near = profiles.fit(*columns_of(table), near=0.1, replicates=100)
    assert first.startswith("approach 2: at 5 of 5 budgets sizes far from the minimum bend")
    assert "--near 0.1, only runs within 10% of their budget's lowest loss: a becomes " in first
    assert report.exponent(near.a, near.a_interval) in first
    assert not any("bend" in step for step in steps(table, approaches.Options(100, near=0.1)))


@pytest.mark.parametrize("side", ["smaller", "larger"])
def test_minima_beyond_the_sizes(side):
    """The size proposed lies beyond the minimum, on its side."""
    table = runs(noise=0.0005)
    best, first = LAW.optimum(table["flops"]).N, table["flops"] == table["flops"].min()
    beyond = table["params"] > 1.2 * best if side == "smaller" else table["params"] < best / 1.2
    steps_ = steps(table[beyond | ~first].reset_index(drop=True))
    said = next(s for s in steps_ if s.startswith("the minimum lies outside"))
    C, N = map(float, re.search(rf"at (\S+) a {side} one, N = (\S+?)(,|$)", said).group(1, 2))
    assert C == pytest.approx(table["flops"].min(), rel=0.01)
    optimum = LAW.optimum(C).N
    assert optimum / 8 < N < optimum if side == "smaller" else optimum < N < 8 * optimum


def test_a_flat_budget():
    """The losses fall to the last size but one; the parabola falls on."""
    table = runs()
    here = table.index[table["flops"] == table["flops"].min()]
    table.loc[here, "loss"] = 3.0 - 0.01 * np.minimum(
        np.arange(len(here)), 15 - np.arange(len(here))
    )
    said = next(s for s in steps(table) if "too flat" in s)
    assert f"about N = {table.loc[here[7], 'params']:.2g}" in said and "1 of 4 budgets" in said


def test_one_budget():
    table = runs()
    first = steps(table[table["flops"] == table["flops"].max()].reset_index(drop=True))[0]
    assert "all runs lie at one budget, 1e+21: a rests on the form" in first
    assert "at 1e+22 or, cheaper, at 1e+20" in first


def test_no_approach():
    (only,) = steps(runs().iloc[[0, 1, 9, 10]])
    assert "at least two budgets with five sizes each" in only


def few_at_the_first(noise=0.004) -> pd.DataFrame:
    """Six budgets, of which the first has four sizes, close together: its minimum is loose."""
    budgets = np.geomspace(1e18, 1e21, 6)
    sizes = simulate.sizes_around(LAW, budgets, factor=6, count=9)
    table = simulate.runs(LAW, budgets, sizes, noise=noise, seed=1)
    best = LAW.optimum(table["flops"]).N
    keep = (table["flops"] > 2e18) | (np.abs(np.log(table["params"] / best)) < 1)
    return table[keep].reset_index(drop=True)


def test_the_budget_that_sets_the_interval():
    table = few_at_the_first()
    said = next(s for s in steps(table) if "sets most of the interval" in s)
    found = profiles.fit(*columns_of(table), replicates=100)
    without = profiles.fit(*columns_of(table[table["flops"] > 2e18]), replicates=2000)
    count = int((table["flops"] < 2e18).sum())
    assert said.startswith(f"approach 2: 1e+18 has {count} runs in the line")
    a, low, high = map(float, re.search(r"a = (\S+) \[(\S+), (\S+)\]", said).groups())
    assert a == pytest.approx(without.a, abs=6e-4)
    assert high - low < 0.7 * np.ptp(found.a_interval)
    assert (low, high) == pytest.approx(without.a_interval, abs=0.25 * np.ptp(without.a_interval))


def test_without_each_is_the_line_of_the_others():
    table = few_at_the_first()
    found = profiles.fit(*columns_of(table), replicates=200)
    each = _leave_out.without_each(found)
    assert list(each["budget"]) == list(found.minima["budget"])
    for m in each.itertuples():
        rest = profiles.fit(*columns_of(table[table["flops"] != m.budget]), replicates=10)
        assert m.a == pytest.approx(rest.a, rel=1e-9)
        assert m.low < m.a < m.high


def test_a_budget_left_out_by_the_option_that_is_said(tmp_path):
    """The option, pasted, leaves out that budget and no other; gathered budgets have none."""
    table = few_at_the_first().rename(columns={"flops": "my flops"})
    path = write(tmp_path / "runs.csv", table.to_csv(index=False))
    words = ("fit", path, "--columns", "C=my flops", "--bootstraps", 100)
    said = re.search(r"(--only .*) shows it", isoflop(*words).stdout).group(1)
    out = isoflop(*words, *shlex.split(said), "--json", "-")
    found, rest = json.loads(out.stdout), table[table["my flops"] > 2e18]
    columns = [rest[c] for c in ("params", "tokens", "loss", "my flops")]
    assert found["runs"] == len(rest) < len(table)
    assert found["profiles"]["a"] == pytest.approx(profiles.fit(*columns, replicates=2).a)
    plain = few_at_the_first()
    assert any("rows out of the table" in step for step in steps(plain))
    plain["flops"] *= 1 + 1e-3 * np.random.default_rng(0).uniform(-1, 1, len(plain))
    assert not any("--only" in step for step in steps(plain, column="flops"))


def test_even_budgets_are_not_named():
    assert not any("without it" in step for step in steps(runs()))


def test_a_not_determined_for_want_of_budgets():
    budgets = np.array([1e19, 1.4e19, 2e19])
    sizes = simulate.sizes_around(LAW, budgets, factor=4, count=9)
    table = simulate.runs(LAW, budgets, sizes, noise=0.01, seed=2)
    said = next(s for s in steps(table) if s.startswith("a is not determined by"))
    assert "from 1e+19 to 2e+19 span a factor of 2" in said
    assert "at 2e+20 or, cheaper, at 1e+18" in said


def unlike(exponent=2.5) -> pd.DataFrame:
    """Losses whose data term bends upward at few tokens: no power law has this shape."""
    budgets = np.geomspace(1e18, 1e22, 5)
    sizes = simulate.sizes_around(LAW, budgets, factor=4, count=9)
    table = simulate.runs(LAW, budgets, sizes, noise=0.0005)
    lifted = table["flops"].isin(budgets[[0, -1]])
    table.loc[lifted, "loss"] *= 1.02
    return table


def test_residuals_of_one_sign_take_the_surface_s_ok_away():
    found = section(unlike())
    surface = found.answers["surface"]
    note = next(n for n in surface.warnings if n.en.startswith("the form does not fit here"))
    assert surface.status == "warning" and note.forbids
    assert re.search(r"all 9 runs at 1e\+\d\d lie (above|below) it", note.en)
    assert surface.fit.status == "converged"  # the fit's own status is about its numbers
    assert any("the surface's form does not fit these runs" in s for s in steps(unlike()))


@pytest.mark.parametrize("count", [3, 5])
def test_few_runs_of_one_sign_are_chance(count):
    """With four budgets of five runs, one sided ones come up by chance in every fourth table."""
    table = pd.DataFrame({"params": np.tile(np.geomspace(1e8, 1e9, count), 4)})
    table["flops"] = np.repeat([1e18, 1e19, 1e20, 1e21], count)
    signs = np.tile([1.0, -1.0], 4 * count)[: 4 * count] * 1e-3
    signs[:count] = 1e-3
    assert _signs._one_sided(signs, table) == []


def test_no_floor_under_the_loss():
    law = laws.ChinchillaLaw(E=1e-9, A=20, B=20, alpha=0.05, beta=0.05)
    budgets = np.geomspace(1e18, 1e21, 4)
    sizes = simulate.sizes_around(law, budgets, factor=6, count=9)
    found = section(simulate.runs(law, budgets, sizes, noise=0.01)).answers["surface"]
    assert found.status == "warning"
    assert any("the interval of E, [" in n.en and "reaches 0" in n.en for n in found.warnings)


def test_a_run_missed_by_far_warns_and_does_not_forbid():
    table = runs()
    table.loc[4, "loss"] *= 1.2
    table.index = range(1, len(table) + 1)
    found = section(table).answers["surface"]
    (note,) = found.warnings
    assert found.status == "warning" and not note.forbids and "row 5 by" in note.en
    assert any(s.startswith("row 5: missed by more than 10 times") for s in steps(table))


def test_which_of_two_that_disagree():
    found = section(unlike())
    answers = dict(found.answers)
    answers["profiles"] = replace(answers["profiles"], a_interval=(0.9, 0.95))
    said = _doubts.of_disagreement(replace(found, answers=answers)).en
    x, y = answers["surface"], answers["profiles"]
    assert "surface and profiles disagree: surface is the less trustworthy here (its form" in said
    C = float(re.search(r"train at (\S+) models", said).group(1))
    assert f"N = {x.N(C)[0]:.2g} (surface) and N = {y.N(C)[0]:.2g} (profiles)" in said
    assert _doubts.of_disagreement(found) is None


def test_a_sound_pair_that_disagrees_is_left_to_an_experiment():
    found = section(runs())
    moved = replace(found.answers["profiles"], a_interval=(0.9, 0.95))
    note = _doubts.of_disagreement(replace(found, answers=found.answers | {"profiles": moved}))
    assert "no sign here says which is wrong. To decide, train at" in note.en and HAN.search(
        note.zh
    )


def test_at_most_five_lines_and_the_last_is_the_next_runs(monkeypatch):
    monkeypatch.setattr(_advice, "MOST", 2)
    found = steps(unlike())
    assert len(found) == 2 and "isoflop design" in found[-1]


def test_summary_report_and_json_end_with_it(tmp_path):
    path = write(tmp_path / "runs.csv", unlike().to_csv(index=False))
    words = ("fit", path, "--bootstraps", 50, "--out", tmp_path / "o")
    for lang, title in (("en", "What to do next:"), ("zh", "下一步做什么：")):
        made = isoflop(*words, "--lang", lang)
        assert made.exit_code == 3
        end = made.stdout.split(f"\n{title}\n")[1].splitlines()
        assert end[0].startswith("  1. ") and any("isoflop design runs.csv" in x for x in end)
        page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
        assert page.index('class="next"') < page.index("<table>")
        assert title.rstrip(":：") in page
    found = json.loads((tmp_path / "o" / "fit.json").read_text(encoding="utf-8"))
    assert found["next"] and found["surface"]["status"] == "warning"
    assert len(found["next"]) == page.split('class="next"')[1].split("</div>")[0].count("<li>")


def test_each_experiment_has_its_own(tmp_path):
    two = pd.concat([runs().assign(set="x"), unlike().assign(set="y")])
    path = write(tmp_path / "two.csv", two.to_csv(index=False))
    made = isoflop("fit", path, "--by", "set", "--bootstraps", 50, "--out", tmp_path / "o")
    assert made.stdout.count("What to do next:") == 2
    assert "isoflop design two.csv --only set=y --target" in made.stdout
    found = json.loads((tmp_path / "o" / "fit.json").read_text(encoding="utf-8"))["groups"]
    assert len(found["x"]["next"]) == 1 < len(found["y"]["next"])


def test_near_on_the_command_line(tmp_path):
    table = stretched()
    path = write(tmp_path / "runs.csv", table.to_csv(index=False))
    made = isoflop("fit", path, "--near", 0.1, "--bootstraps", 50, "--json", "-")
    found = json.loads(made.stdout)["profiles"]
    near = profiles.fit(*columns_of(table), near=0.1, replicates=50)
    assert found["a"] == near.a and found["interval"]["a"] == list(near.a_interval)
    assert f"{near.far} of 50 runs: more than 10% above" in found["left_out"][0]
    for bad in ("0", "-1", "nan"):
        wrong = isoflop("fit", path, "--near", bad)
        assert wrong.exit_code == 2 and "--near" in wrong.stderr


def test_the_law_can_be_copied(tmp_path):
    """Each formula gives N*, to a few per mille over the table's budgets."""
    path = write(tmp_path / "runs.csv", runs().to_csv(index=False))
    made = isoflop("fit", path, "--bootstraps", 50, "--out", tmp_path / "o")
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    for x in section(runs()).answers.values():
        if x.fit is None:
            continue
        said = report.law(x, 1e21)
        assert f"    {said}\n" in made.stdout and said in page
        N0, a = map(float, re.fullmatch(r"N\* = (\S+) · C\^(\S+)", said).groups())
        for C in (1e19, 1e21):
            assert N0 * C**a == pytest.approx(x.N(C)[0], rel=3e-3)
    assert "on the line through them, so the two differ" in page


def test_runs_missed_most_are_in_the_summary(tmp_path):
    table = runs()
    table.loc[[4, 9, 20, 30], "loss"] *= 1.2
    path = write(tmp_path / "runs.csv", table.to_csv(index=False))
    made = isoflop("fit", path, "--bootstraps", 20).stdout
    rows = re.findall(r"^    row (\d+)  N ", made.split("misses most")[1], re.M)
    assert len(rows) == 3 and {int(row) for row in rows} <= {5, 10, 21, 31}
    assert "misses most" not in isoflop("fit", write(tmp_path / "r.csv", runs().to_csv())).stdout


def test_status_stands_second_and_wide_tables_say_so(tmp_path):
    path = write(tmp_path / "runs.csv", runs().to_csv(index=False))
    isoflop("fit", path, "--bootstraps", 20, "--out", tmp_path / "o")
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    heads = re.findall(r"<thead><tr>(.*?)</tr>", page)
    assert '<th scope="col">approach</th><th scope="col">status</th>' in heads[1]
    assert 'class="text"' not in page.split("<table>")[2]  # no cell of sentences makes a row tall
    for part in page.split('<div class="wide">')[1:]:
        assert re.search(r'<p class="scrolls under\d+">[^<]+</p>$', page[: page.index(part) - 18])


def test_units_and_parameters_are_chinese(tmp_path):
    table = runs()
    table["params"] = [f"{v / 1e6:.9g}M" for v in table["params"]]
    path = write(tmp_path / "runs.csv", table.to_csv(index=False))
    made = isoflop("fit", path, "--lang", "zh", "--bootstraps", 20, "--out", tmp_path / "o")
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    for text in (made.stdout, page):
        assert "as written" not in text and "数里写明" in text
    assert "scatter of minima" not in page


def test_progress_names_what_is_done():
    told = []
    approaches.fit_all(runs(), options=approaches.Options(5), progress=lambda *x: told.append(x[0]))
    assert "profiles" in told and "envelope" not in told


def test_figures_of_an_earlier_fit_go(tmp_path):
    two = pd.concat([runs().assign(set="x"), runs(seed=1).assign(set="y")])
    path, out = write(tmp_path / "two.csv", two.to_csv(index=False)), tmp_path / "o"
    (out / "kept").mkdir(parents=True)
    (out / "mine.svg").write_text("mine")
    (out / "profiles.svg").write_text("of no fit.json: it may be anybody's")
    few = ("--bootstraps", 20, "--out", out)
    assert isoflop("fit", path, "--by", "set", *few).exit_code == 0
    assert (out / "02-profiles.svg").exists() and (out / "profiles.svg").exists()
    assert isoflop("fit", path, "--only", "set=x", *few).exit_code == 0
    assert not list(out.glob("0*.svg")) and (out / "mine.svg").read_text() == "mine"
    listed = json.loads((out / "fit.json").read_text(encoding="utf-8"))["files"]
    names = {p.name for p in out.iterdir()} - {"fit.json", "mine.svg", "kept"}
    assert sorted(listed) == sorted(names)


@pytest.mark.parametrize(
    "files",
    [["../o2/profiles.svg", "mine.svg", "/etc/hosts", 3, "report.html"], {"a": 1}, "profiles.svg"],
)
def test_a_listing_cannot_remove_anything_else(tmp_path, files):
    (tmp_path / "o2").mkdir()
    other = tmp_path / "o2" / "profiles.svg"
    mine = tmp_path / "o" / "mine.svg"
    mine.parent.mkdir()
    for place in (other, mine):
        place.write_text("kept")
    (tmp_path / "o" / "fit.json").write_text(json.dumps({"files": files}))
    _report_files.write_report(tmp_path / "o", "page", [{}], {})
    assert other.read_text() == mine.read_text() == "kept"


@pytest.mark.parametrize("text", ["[", "[]", "null", '{"files": 3}', "\ufffd", "[" * 100_000])
def test_a_spoiled_listing_removes_nothing(tmp_path, text):
    (tmp_path / "fit.json").write_text(text)
    (tmp_path / "profiles.svg").write_text("kept")
    _report_files.write_report(tmp_path, "page", [{}], {})
    assert (tmp_path / "profiles.svg").exists()
