"""``isoflop plan``, ``data`` and ``design``: the library's numbers, clear refusals, exit codes."""

import json
import math
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("typer")

from typer.testing import CliRunner

from isoflop import (
    __version__,
    _fetch,
    _sources,
    _zh,
    catalogue,
    cli,
    datasets,
    laws,
    planning,
    published,
    runs,
    simulate,
    surface,
)
from isoflop import design as library
from isoflop.cli import _table
from isoflop.profiles import FitWarning


def isoflop(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def failed(*words, code, says):
    out = isoflop(*words)
    assert out.exit_code == code, out.output
    assert says in re.sub(r"\s+", " ", out.stderr), out.stderr


def test_help_is_light_and_shows_examples():
    code = (
        "import sys; from isoflop.cli import app; "
        "print([m for m in ('torch', 'matplotlib', 'scipy', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stdout + out.stderr
    assert all(name in isoflop("--help").output for name in ("plan", "data", "design", "minirun"))
    for words in (("plan",), ("data",), ("design",), ("data", "fetch")):
        assert isoflop(*words, "--help").exit_code == 0
    for command in ("plan 1e22", "Exit codes", "tokens_per_parameter"):
        assert command in isoflop("plan", "--help").output


def test_plan_prints_what_the_catalogue_gives():
    said = json.loads(isoflop("plan", "1e22", "--json").output)
    assert said["C"] == 1e22 and said["hardware"] is None
    assert [row["id"] for row in said["laws"]] == list(catalogue.ids())
    for row in said["laws"]:
        entry, found = catalogue.get(row["id"]), catalogue.get(row["id"]).at(1e22)
        assert (row["N"], row["D"], row["loss"]) == (found.N, found.D, found.loss)
        assert {k: tuple(v) for k, v in row["intervals"].items()} == found.intervals
        assert row["extrapolated"] == found.extrapolated and row["level"] == entry.level
        assert row["leaves_out"] == {"zh": entry.leaves_out.zh, "en": entry.leaves_out.en}


@pytest.mark.parametrize("lang", ("en", "zh"))
def test_plan_as_a_table(lang):
    out = isoflop("plan", published.GOPHER_BUDGET, "--lang", lang)
    assert out.exit_code == 0
    for id, entry in catalogue.entries().items():
        assert entry.name[lang] in out.output and entry.leaves_out[lang] in out.output
        assert re.search(rf"^{id} [ *]", out.output, re.M)
    assert ("extrapolated" if lang == "en" else "这是外推") in out.output
    short = isoflop("plan", "1e20", "--law", "refit", "--lang", lang).output
    assert "*" not in short and "kaplan" not in short.split("\n")[3]
    rows = [line for line in out.output.split("\n") if re.match(r"(refit|hoffmann)", line)][:4]
    ends = {_table.width(re.match(r"\S+( \*)?\s+", row).group()) for row in rows}
    assert len(ends) == 1  # columns line up, Chinese or not


def test_plan_by_hardware():
    words = ("--gpus", 64, "--gpu", "h100", "--days", 30, "--utilisation", 0.4)
    said = json.loads(isoflop("plan", *words, "--law", "besiroglu", "--json").output)
    C = planning.hardware_budget(64, published.H100_BF16_PEAK, 30, 0.4)
    assert said["C"] == C == 64 * 989e12 * 30 * 86400 * 0.4
    assert said["laws"][0]["N"] == laws.BESIROGLU_2024.optimum(C).N
    other = isoflop("plan", "--gpus", 1, "--peak", 1e15, "--days", 1, "--utilisation", 1, "--json")
    assert json.loads(other.output)["C"] == 86400 * 1e15


GPUS = ("plan", "--gpus", 8, "--gpu", "a100", "--days", 3)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("plan",), "give a budget in FLOPs, such as 1e22, or --gpus"),
        (("plan", "nan"), "C must be a number of FLOPs above 0"),
        (("plan", "--", "-1e22"), "C must be a number of FLOPs above 0"),
        (("plan", "1e22", "--days", 3), "give a budget C or --days, not both"),
        (("plan", "1e22", "--law", "chinchila"), "--law: no law 'chinchila'; there are refit"),
        (GPUS, "reported 0.213 to 0.462; for example --utilisation 0.4"),
        (("plan", "--gpus", 8, "--gpu", "b200"), "none of v100, a100, h100; or give --peak FLOP/s"),
        (("plan", "10^22"), "'10^22': write 1e22"),
        (("plan", "3×10**22"), "'3×10**22': write 3e22"),
        ((*GPUS, "--utilisation", 40), "--utilisation is a share of the peak, at most 1"),
        ((*GPUS, "--utilisation", 0), "--utilisation must be above 0; got 0"),
        ((*GPUS, "--peak", 1e15), "--gpu v100, a100 or h100, or --peak in FLOP/s, one of them"),
        (("plan", "--gpus", 8), "say which GPUs"),
        (("plan", "--gpus", 0, "--gpu", "a100", "--days", 1), "--gpus must be above 0; got 0"),
        (("plan", "1e2x"), "Invalid value"),
        (("plan", "1e22", "--lang", "fr"), "Invalid value for '--lang'"),
    ],
)
def test_plan_refuses_nonsense(words, says):
    failed(*words, code=2, says=says)


def test_json_to_standard_output_or_a_file(table, tmp_path):
    """Alone, with - or with a file: the same for every command that has it."""
    for words in (("plan", "1e22"), ("design", table, *ASKED)):
        bare, dash = isoflop(*words, "--json"), isoflop(*words, "--json", "-")
        assert bare.stdout == dash.stdout and json.loads(bare.stdout)
        if words[0] == "plan":
            assert isoflop("plan", "--json", *words[1:]).stdout == bare.stdout
        first = isoflop(words[0], "--json", "--lang", "zh", *words[1:])
        assert first.stdout == bare.stdout
        there = isoflop(*words, "--json", tmp_path / "x.json")
        assert there.stdout == isoflop(*words).stdout
        assert (tmp_path / "x.json").read_text(encoding="utf-8") == bare.stdout
        failed(*words, "--json", tmp_path, code=1, says=f"cannot write {tmp_path}: ")


def test_strict_is_for_scripts():
    assert isoflop("plan", "1e20", "--law", "refit", "--strict").exit_code == 0
    assert isoflop("plan", "1e26", "--law", "refit", "--strict").exit_code == 3
    assert isoflop("plan", "1e26", "--law", "refit").exit_code == 0


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """No mirror, no network, and one small data set in an otherwise empty cache."""
    content = b"x,Model Size,Training FLOP,loss\n1,1e9,6e19,3\n"
    source = _sources.of("chinchilla-figure4")[0]
    digest = _fetch.sha256(content)
    here = type(source)(**{**vars(source), "sha256": digest, "size": len(content)})
    monkeypatch.setattr(_sources, "SOURCES", (here, *_sources.of("isoflops")))
    monkeypatch.setattr(_sources, "NAMES", ("chinchilla-figure4", "isoflops"))
    monkeypatch.delenv("ISOFLOP_DATA", raising=False)
    monkeypatch.setenv("ISOFLOP_CACHE", str(tmp_path))
    monkeypatch.setenv("ISOFLOP_OFFLINE", "1")
    (tmp_path / here.filename).write_bytes(content)
    return tmp_path / here.filename


def test_data_at_hand_and_not(cache):
    listed = isoflop("data", "list")
    assert listed.exit_code == 0 and str(cache.parent) in listed.output
    for name in _sources.NAMES:
        assert name in listed.output
    assert re.search(r"isoflops .*none stated +not at hand", listed.output)
    assert isoflop("data", "verify").exit_code == 0
    assert isoflop("data", "where", "chinchilla-figure4").output.strip() == str(cache)
    failed("data", "where", code=1, says="isoflops: not at hand")
    failed("data", "verify", "isoflops", code=1, says="isoflops is not at hand")
    fine = isoflop("data", "fetch", "chinchilla-figure4")
    assert fine.exit_code == 0 and "data chinchilla-figure4: at hand" in fine.output
    failed("data", "fetch", "isoflops", code=75, says="isoflops: cannot be downloaded now")
    assert isoflop("data", "where", "minirun-cpu").output.strip().endswith("minirun-cpu.csv")


def test_damaged_data_are_named(cache):
    cache.write_bytes(b"half")
    digest = _fetch.sha256(b"half")
    failed("data", "verify", code=1, says=f"{cache} has sha256 {digest}, not ")
    failed("data", "where", "chinchilla-figure4", code=1, says="another checksum")


def test_a_mirror_with_another_version(cache, monkeypatch, tmp_path):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "isoflops.csv").write_bytes(b"another")
    monkeypatch.setenv("ISOFLOP_DATA", str(mirror))
    failed("data", "verify", code=1, says="isoflops.csv has sha256")
    failed("data", "fetch", "isoflops", code=1, says="no file in")
    monkeypatch.setenv("ISOFLOP_DATA", str(tmp_path / "absent"))
    for words in (("list",), ("verify",), ("where",), ("fetch", "all")):
        failed("data", *words, code=1, says="which is no folder")


def test_unknown_data_sets():
    for command in ("fetch", "verify", "where"):
        failed("data", command, "chinchila", code=2, says="no data set 'chinchila'; there are")


def test_sizes_are_those_of_the_files():
    for source in _sources.SOURCES:
        place = _fetch.look(source)
        if place.state != "good":
            pytest.skip("the data are not at hand")
        assert place.path.stat().st_size == source.size


def test_fetch_is_the_module_that_make_runs(cache, capsys):
    assert datasets.fetch() == ["isoflops"]
    assert "data chinchilla-figure4: at hand" in capsys.readouterr().out


def test_a_slow_download_says_so(monkeypatch):
    said, now = [], [0.0]
    monkeypatch.setattr(_fetch.time, "monotonic", lambda: now[0])
    progress = _fetch.Progress(said.append, "isoflops", total=3_000_000, last=0.0)
    for _ in range(3):
        now[0] += 1.5
        progress.update(1_000_000)
    assert said == ["isoflops: 2.0 of 3.0 MB"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    budgets = np.geomspace(1e17, 1e19, 4)
    sizes = simulate.sizes_around(laws.BESIROGLU_2024, budgets, count=7)
    frame = simulate.runs(laws.BESIROGLU_2024, budgets, sizes, noise=0.004)
    return runs.write(frame, tmp_path_factory.mktemp("runs") / "runs.csv")


ASKED = ("--target", 1e21, "--spend", 1e20, "--budgets", 2, "--sizes", 5, "--worlds", 2)


def test_design_prints_what_the_library_gives(table):
    out = isoflop("design", table, *ASKED, "--json")
    assert out.exit_code == 0, out.output
    said = json.loads(out.stdout)
    found = library.propose(runs.read(table), 1e21, 1e20, budgets=2, sizes=5, worlds=2)
    assert said["now"]["N"] == found.N and tuple(said["now"]["interval"]) == found.interval
    assert len(said["rounds"]) == 1
    (round,), (outcome,) = said["rounds"], found.rounds
    assert (round["ratio"], round["error"]) == (outcome.ratio, outcome.error)
    assert math.isclose(sum(run["C"] for run in round["runs"]), 1e20)
    assert [run["N"] for run in round["runs"]] == outcome.round.N.tolist()
    assert said["repeat"]["ratio"] == found.repeat.ratio and said["repeat"]["factor"] is None


@pytest.mark.parametrize(("lang", "left"), [("en", "left out: the form"), ("zh", "没有算入：曲面")])
def test_design_as_a_table(table, lang, left):
    out = isoflop("design", table, *ASKED, "--lang", lang)
    assert out.exit_code == 0 and left in out.stdout
    assert re.search(r"^1 +10 .*×0\.\d\d ± \d\.\d\d", out.stdout, re.M)


def test_design_refuses(table, tmp_path):
    asked = ("--target", 1e21, "--spend", 1e20)
    failed("design", tmp_path / "no.csv", *asked, code=1, says="no.csv: No such file")
    bad = tmp_path / "bad.csv"
    bad.write_text("N,D\n1,2\n")
    failed("design", bad, *asked, code=1, says="no column was recognised as loss")
    failed("design", bad, "--target", "10^21", "--spend", 1e20, code=2, says="write 1e21")
    failed("design", table, "--target", 0, "--spend", 1, code=2, says="--target must be")
    failed("design", table, "--target", 1, "--spend", "inf", code=2, says="--spend must be")
    says = "--level 95: must lie between 0 and 1; for 95 % write 0.95"
    failed("design", table, *asked, "--level", 95, code=2, says=says)
    failed("design", table, *asked, "--sizes", 2, code=2, says="--sizes")
    failed(
        "design", table, "--target", 1e21, "--spend", 1e15, code=4, says="pays for no such round"
    )
    runs.write(runs.read(table).iloc[:5], bad)
    failed("design", bad, *asked, code=4, says="5 points for five parameters")


def test_design_reads_what_fit_reads(table, tmp_path):
    """The same runs under other names, in other units, among others: the same proposal."""
    plain = json.loads(isoflop("design", table, *ASKED, "--json").stdout)
    frame = runs.read(table)
    dressed = frame.assign(params=[f"{n / 1e6!r}M" for n in frame["params"]], kind="good")
    dressed = pd.concat([dressed, dressed.iloc[:3].assign(kind="bad", loss=9.0)])
    names = {"params": "model_size", "tokens": "seen (k)", "loss": "results.val.loss"}
    dressed["tokens"] /= 1e9
    path = tmp_path / "runs.tsv"
    dressed.rename(columns=names).drop(columns="flops").to_csv(path, sep="\t", index=False)
    words = ("--columns", "tokens=seen (k)", "--units", "D=B", "--only", "kind!=bad")
    out = isoflop("design", path, *ASKED, *words, "--json")
    assert out.exit_code == 0, out.output
    said = json.loads(out.stdout)
    assert said["now"]["N"] == pytest.approx(plain["now"]["N"], rel=1e-4)
    assert said["left_out"] == ["3 rows: kind is bad"] and plain["left_out"] == []
    shown = isoflop("design", path, *ASKED, *words, "--lang", "zh").stdout
    assert shown.startswith("没有用：3 行：kind 是 bad\n")
    damaged = table.read_text().splitlines()
    damaged[2] = "x" + damaged[2][damaged[2].index(",") :]
    path.write_text("\n".join(line.replace(",", "\t") for line in damaged) + "\n")
    failed("design", path, *ASKED, code=1, says="row 2: 'x' is no number")


def test_design_says_what_the_fit_warns_of(tmp_path):
    """Sizes that hardly differ: what the surface warns of stands on top, in both languages."""
    budgets = np.array([1e17, 1e19])
    sizes = simulate.sizes_around(laws.BESIROGLU_2024, budgets, factor=1.5, count=12)
    frame = simulate.runs(laws.BESIROGLU_2024, budgets, sizes, noise=0.004)
    path = runs.write(frame, tmp_path / "narrow.csv")
    with pytest.warns(FitWarning) as told:
        surface.fit(*runs.columns_of(frame)[:3])
    out = isoflop("design", path, *ASKED)
    assert out.stdout.startswith(f"warning: {told[0].message}\n") and "Warning" not in out.stderr
    zh = isoflop("design", path, *ASKED, "--lang", "zh").stdout
    assert zh.startswith(f"注意：{_zh.chinese(str(told[0].message))}\n") and "定得很松" in zh
    said = json.loads(isoflop("design", path, *ASKED, "--json").stdout)
    assert said["warnings"] == [str(told[0].message)]


def test_design_says_how_far_below_the_target_it_stays(table):
    said = json.loads(isoflop("design", table, *ASKED, "--json").stdout)
    most = max(C for round in said["rounds"] for C in round["budgets"])
    for factor, target in ((9.9, 9.9 * most), (47.3, 47.3 * most)):
        asked = ("design", table, "--target", target, *ASKED[2:])
        out = isoflop(*asked)
        assert ("at least ×47 below the target: the gain" in out.stdout) == (factor > 10)
        assert ("below the target" in out.stdout) == (factor >= library.FAR_BELOW)
    assert "目标的1/47以下" in isoflop(*asked, "--lang", "zh").stdout


def test_version_and_short_help():
    assert isoflop("--version").stdout == f"isoflop {__version__}\n"
    for words in ((), ("plan",), ("fit",), ("data", "list"), ("minirun",)):
        assert isoflop(*words, "-h").stdout == isoflop(*words, "--help").stdout != ""
    out = subprocess.run(
        [sys.executable, "-m", "isoflop", "--version"], capture_output=True, text=True
    )
    assert out.stdout == f"isoflop {__version__}\n", out.stderr
