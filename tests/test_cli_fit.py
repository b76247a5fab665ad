"""``isoflop fit``: its numbers are the library's, its exit codes are as said, nothing escapes."""

import json
import os
import resource
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from fit_tables import LAW, isoflop, runs, write

from isoflop import datasets, envelope, profiles, report, surface


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "runs.csv", runs().to_csv(index=False))


def as_json(*words):
    out = isoflop("fit", *words, "--json", "-")
    return out.exit_code, json.loads(out.stdout)


def test_help_has_examples_and_codes():
    text = isoflop("fit", "--help").output
    assert "isoflop fit runs.csv" in text and "Exit codes" in text and "4  no approach" in text


def test_numbers_are_the_library_s(path):
    code, found = as_json(path, "--bootstraps", 50, "--seed", 3)
    frame = pd.read_csv(path)
    N, D, loss, C = (frame[c].to_numpy() for c in ("params", "tokens", "loss", "flops"))
    law, drawn = surface.fit(N, D, loss), surface.bootstrap(N, D, loss, replicates=50, seed=3)
    line = profiles.fit(N, D, loss, C, replicates=50, seed=3)
    assert code == 0
    assert found["surface"]["a"] == law.a and found["profiles"]["a"] == line.a
    assert found["surface"]["interval"]["a"] == list(drawn.interval("a"))
    assert found["profiles"]["interval"]["b"] == list(line.b_interval)
    assert found["surface"]["parameters"]["E"]["value"] == law.law.E
    assert found["envelope"]["status"] == "not possible" and "curves" in found["envelope"]["why"]
    keys = {"a", "b", "interval", "status", "warnings", "parameters"}
    assert all(keys <= found[k].keys() for k in ("surface", "profiles", "envelope"))


def test_curves_from_a_second_file(path, tmp_path):
    table = runs(noise=0.0)
    shares = np.linspace(0.1, 1, 10)
    curves = pd.concat(
        [table.assign(run_id=table.index, tokens=table["tokens"] * s) for s in shares]
    )
    curves["loss"] = LAW.loss(curves["params"], curves["tokens"])
    curves = curves.drop(columns="flops")
    curves.to_csv(tmp_path / "curves.csv", index=False)
    code, found = as_json(path, "--curves", tmp_path / "curves.csv", "--bootstraps", 20)
    own = curves.assign(run=curves["run_id"], flops=6 * curves["params"] * curves["tokens"])
    assert found["envelope"]["a"] == pytest.approx(envelope.fit(own).a, rel=1e-12)
    assert found["envelope"]["left_out"]


def test_json_is_strict_even_where_nothing_is_known(tmp_path):
    frame = runs().iloc[:5]
    code, found = as_json(write(tmp_path / "few.csv", frame.to_csv(index=False)))
    assert code == 4 and found["surface"]["a"] is None
    assert "at least 6" in found["surface"]["why"]


def test_exit_codes(path, tmp_path):
    few = ("--bootstraps", 20)
    assert isoflop("fit", path, *few).exit_code == 0
    assert isoflop("fit", tmp_path / "absent.csv").exit_code == 1
    assert isoflop("fit", path, "--columns", "N").exit_code == 2
    assert isoflop("fit", path, "--columns", "Q=x").exit_code == 2
    assert isoflop("fit", path, "--level", 2).exit_code == 2
    assert isoflop("fit", path, "--target", "-1").exit_code == 2
    wrong = runs().assign(flops=lambda t: t["flops"] * 3)
    wrong = write(tmp_path / "wrong.csv", wrong.to_csv(index=False))
    assert isoflop("fit", wrong, *few).exit_code == 3
    marked = write(tmp_path / "m.csv", runs().assign(outlier=[1] + [0] * 35).to_csv(index=False))
    assert isoflop("fit", marked, *few).exit_code == 0
    assert isoflop("fit", marked, *few, "--strict").exit_code == 3


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--level", 95), 2, "--level 95: must lie between 0 and 1; for 95 % write 0.95"),
        (("--level", 0), 2, "--level 0: must lie between 0 and 1"),
        (("--target", 0), 2, "--target must be a number of FLOPs above 0, such as 1e21; got 0"),
        (("--out", "afile"), 1, "--out afile is a file; give a folder"),
        (("--out", "x.html"), 2, "--out names a folder; try --out x"),
        (
            ("--columns", "model_size"),
            2,
            "--columns model_size: need QUANTITY=COLUMN, such as N=model_size; quantities: N, D, "
            "C, loss, budget, run",
        ),
        (("--units", "millions"), 2, "--units millions: need QUANTITY=UNIT, such as N=millions"),
        (("--only", "flops"), 2, "--only flops: need COLUMN=VALUE, or such as 'flops>=1e17'"),
        (("--columns", "Q=x"), 2, "--columns Q=x: Q is none of N, D, C, loss, budget, run"),
        (("--columns", "N=parms"), 1, "N=parms: no such column; did you mean 'params'? the table"),
    ],
)
def test_wrong_use_is_said_before_anything_is_fitted(path, monkeypatch, words, code, says):
    monkeypatch.chdir(path.parent)
    write(path.parent / "afile", "")
    monkeypatch.setattr("isoflop.approaches.fit_all", None)
    out = isoflop("fit", path, *words)
    assert out.exit_code == code and out.stdout == "", out.output
    assert out.stderr.startswith("isoflop: ") and says in out.stderr


def test_other_names_of_quantities_and_conditions(path, tmp_path):
    renamed = runs().assign(params=runs()["params"] / 1e6).rename(columns={"params": "x,N"})
    other = write(tmp_path / "o.csv", renamed.to_csv(index=False))
    few = ("--bootstraps", 20, "--only", "flops>2e19")
    words = ("--columns", "params=x,N,flops=flops", "--units", "params=millions")
    _, found = as_json(other, *words, *few)
    _, plain = as_json(path, *few)
    _, whole = as_json(path, "--bootstraps", 20)
    assert found["surface"]["a"] == pytest.approx(plain["surface"]["a"], rel=1e-6)
    assert plain["surface"]["a"] != whole["surface"]["a"]
    assert plain["left_out"] == ["9 rows: flops is not > 2e19"]


def test_json_without_a_file_is_standard_output(path):
    few = ("fit", path, "--bootstraps", 20)
    assert isoflop(*few, "--json").stdout == isoflop(*few, "--json", "-").stdout
    assert isoflop("fit", "--json", *few[2:], path).stdout == isoflop(*few, "--json").stdout


def test_errors_are_one_line(tmp_path):
    bad = write(tmp_path / "bad.csv", "params,tokens,loss\n1e8,1e9\n1e8,1e9,x\n")
    out = isoflop("fit", bad)
    assert out.exit_code == 1 and out.stdout == "" and len(out.stderr.splitlines()) == 1
    assert "row 2" in out.stderr and "bad.csv" in out.stderr
    assert "Is a directory" in isoflop("fit", tmp_path).stderr


def test_target_is_said_to_be_extrapolated(path):
    out = isoflop("fit", path, "--bootstraps", 20, "--target", 1e24)
    assert "N*(1e+24)" in out.stdout and "extrapolated" in out.stdout
    zh = isoflop("fit", path, "--bootstraps", 20, "--target", 1e24, "--lang", "zh").stdout
    assert "外推" in zh


def test_by_fits_each(path, tmp_path):
    two = pd.concat([runs().assign(set="x"), runs(seed=1).assign(set="y,1")])
    both = write(tmp_path / "two.csv", two.to_csv(index=False))
    _, found = as_json(both, "--by", "set", "--bootstraps", 20)
    _, alone = as_json(path, "--bootstraps", 20)
    assert set(found["groups"]) == {"x", "y,1"}
    assert found["groups"]["x"]["surface"]["a"] == alone["surface"]["a"]


def test_read_only_folder(path, tmp_path, monkeypatch):
    if os.geteuid() == 0:  # root may write anywhere: what the system would say is said for it

        def refused(*_args, **_more):
            raise PermissionError(13, "Permission denied", str(tmp_path / "ro" / "report.html"))

        monkeypatch.setattr("isoflop.runs.replace_file", refused)
    (tmp_path / "ro").mkdir(mode=0o555)
    out = isoflop("fit", path, "--bootstraps", 20, "--out", tmp_path / "ro")
    assert out.exit_code == 1 and "cannot write" in out.stderr
    assert "Permission denied" in out.stderr


def test_out_holds_report_figures_and_json(path, tmp_path):
    assert isoflop("fit", path, "--bootstraps", 20, "--out", tmp_path / "o").exit_code == 0
    names = {p.name for p in (tmp_path / "o").iterdir()}
    assert names == {"report.html", "fit.json"} | {
        f"{n}.svg" for n in ("exponents", "optimum", "profiles", "residuals")
    }


def test_nominal_budgets_are_found(tmp_path):
    """Exact FLOPs that scatter by a percent about their budget give the same line."""
    table = runs()
    wobble = 1 + 0.01 * np.random.default_rng(0).uniform(-1, 1, len(table))
    moved = table.assign(flops=table["flops"] * wobble)
    _, found = as_json(write(tmp_path / "w.csv", moved.to_csv(index=False)), "--bootstraps", 20)
    exact = profiles.fit(*(table[c] for c in ("params", "tokens", "loss", "flops")), replicates=20)
    assert found["profiles"]["a"] == pytest.approx(exact.a, abs=0.005)
    assert "budgets found by gathering" in found["profiles"]["left_out"][0]


def spent(code: str) -> tuple[subprocess.CompletedProcess, resource.struct_rusage]:
    """A process of its own, and what it alone used."""
    wrapper = (
        "import resource, subprocess, sys\n"
        f"out = subprocess.run([sys.executable, '-c', {code!r}], capture_output=True, text=True)\n"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(out.returncode, u.ru_utime + u.ru_stime, u.ru_maxrss, out.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", wrapper], capture_output=True, text=True)
    code, seconds, kib, *rest = done.stdout.split(maxsplit=3)
    return int(code), float(seconds), float(kib) / 1024, "".join(rest)


def command(*words) -> str:
    return f"import sys; sys.argv = ['isoflop', *{list(map(str, words))!r}]; " + (
        "from isoflop.cli import app; app()"
    )


@pytest.fixture(scope="module")
def isoflops(tmp_path_factory):
    if not datasets.at_hand("isoflops"):
        pytest.skip("public data not at hand: isoflops (set ISOFLOP_DATA)")
    table, path = datasets.load("isoflops"), tmp_path_factory.mktemp("public") / "all.csv"
    table.to_csv(path, index=False)
    return table, path


def test_all_947_rows_in_ten_seconds_of_cpu(isoflops, tmp_path):
    """The limit is the one that was asked for, report and figures included."""
    table, path = isoflops
    code, seconds, _, said = spent(
        command("fit", path, "--by", "experiment", "--out", tmp_path, "--bootstraps", 1000)
    )
    print(f"947 rows, 8 experiments, 1000 resamples: {seconds:.1f} s of CPU time")
    assert code == 0, said
    assert seconds < 10
    found = json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))["groups"]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for name, part in table.groupby("experiment"):
        N, D, loss, C = (part[c].to_numpy() for c in ("params", "tokens", "loss", "flops"))
        line = profiles.fit(N, D, loss, C, replicates=1000)
        law, drawn = surface.fit(N, D, loss), surface.bootstrap(N, D, loss, replicates=1000)
        assert found[name]["profiles"]["a"] == line.a
        for shown in ((line.a, line.a_interval), (law.a, drawn.interval("a"))):
            assert report.exponent(*shown) in text


@pytest.mark.slow
def test_a_million_rows(tmp_path):
    """Peak memory under 2 GiB; the time is printed."""
    rng = np.random.default_rng(0)
    C = np.geomspace(1e18, 1e22, 10)[rng.integers(0, 10, 1_000_000)]
    N = np.round(LAW.optimum(C).N * np.exp(rng.uniform(-2, 2, len(C))))
    loss = LAW.loss(N, C / (6 * N)) * np.exp(0.01 * rng.standard_normal(len(C)))
    pd.DataFrame({"N": N, "C": C, "loss": loss}).to_csv(tmp_path / "m.csv", index=False)
    out = tmp_path / "o"
    code, seconds, mib, said = spent(command("fit", tmp_path / "m.csv", "--out", out))
    print(f"a million rows: {seconds:.0f} s of CPU time, {mib:.0f} MiB at most")
    assert code == 0, said
    assert mib < 2048
    assert "reading" in said or "profiles" in said  # it said what it was doing
    found = json.loads((out / "fit.json").read_text(encoding="utf-8"))
    low, high = found["surface"]["interval"]["a"]
    assert low - 0.002 < LAW.a < high + 0.002 and "sandwich" in found["surface"]["method"]
