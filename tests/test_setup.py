"""The set-up files agree, the package is light, code and notebooks keep to the house's sizes."""

import ast
import json
import os
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from run_chapters import CHAPTERS

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ["jupyter-book", "jupyterlab", "numpy", "scipy", "matplotlib", "torch", "papermill"]


def name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+==[^=\s]+", line) for line in found)
    return {name(line.split("==")[0]): line.split("==")[1] for line in found}


def ranges() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for group in (PROJECT["dependencies"], *extras) for text in group]


def test_every_range_has_its_pin():
    for requirement in ranges():
        version = pins().get(name(requirement.name))
        assert version, f"{requirement.name} is not pinned in requirements.txt"
        assert requirement.specifier.contains(version), f"{requirement} excludes the pin {version}"


def test_what_was_asked_for_is_there():
    wanted = {name(r.name) for r in ranges()}
    assert set(PACKAGES) <= wanted
    assert pins()["jupyter-book"].startswith("1.")
    assert not {"pip", "setuptools", "wheel"} & set(pins())


def test_conda_takes_the_same():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, nested = conda["dependencies"]
    assert Requirement(PROJECT["name"] + PROJECT["requires-python"]).specifier.contains(
        python.removeprefix("python=")
    )
    assert pip == "pip" and nested == {"pip": ["-r requirements.txt", "-e ."]}


def test_installed_versions_are_the_pins():
    from importlib.metadata import version

    wrong = {n: version(n) for n in pins() if version(n).split("+")[0] != pins()[n]}
    assert not wrong, "the environment is not what requirements.txt says; run `make env`"


def test_version_is_one():
    import isoflop

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["dynamic"] == ["version"]
    assert citation["version"] == isoflop.__version__


def fresh(code: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *options.pop("flags", []), "-c", code],
        capture_output=True,
        text=True,
        **options,
    )


def test_import_is_light():
    out = fresh(
        "import isoflop, sys; print([m for m in ('torch', 'matplotlib') if m in sys.modules])"
    )
    assert out.stdout.strip() == "[]", out.stderr


def test_whole_package_needs_no_torch_or_matplotlib():
    modules = "laws, counting, planning, profiles, datasets, simulate, runs, results, exercises"
    code = f"from isoflop import {modules}\nimport sys\n"
    out = fresh(code + "print([m for m in ('torch', 'matplotlib') if m in sys.modules])")
    assert out.stdout.strip() == "[]", out.stderr


def test_import_costs_little():
    """CPU time of `import isoflop` against `import numpy, scipy.optimize, pandas`, side by side."""
    timed = "import time; s = time.process_time(); import {}; print(time.process_time() - s)"

    def cost(modules: str) -> float:
        runs = [float(fresh(timed.format(modules)).stdout) for _ in range(5)]
        return statistics.median(runs)

    ours, theirs = cost("isoflop"), cost("numpy, scipy.optimize, pandas")
    print(f"import isoflop: {ours / theirs:.2f} of numpy, scipy.optimize, pandas")
    assert ours <= 1.3 * theirs


def test_works_uninstalled(tmp_path):
    """From src/ on the path alone: version and stored results included."""
    import site

    packages = os.pathsep.join([str(ROOT / "src"), *site.getsitepackages()])
    code = (
        "import isoflop; from isoflop import results; print(isoflop.__version__, isoflop.__file__)"
    )
    code += "; print(len(results.load()))"
    environment = {"PYTHONPATH": packages, "PATH": os.environ["PATH"]}
    out = fresh(code, flags=["-S"], env=environment, cwd=tmp_path)
    assert str(ROOT / "src") in out.stdout, out.stderr
    assert int(out.stdout.split()[-1]) > 0


def python_files() -> list[Path]:
    return [p for d in ("src", "tests", "book") for p in sorted((ROOT / d).rglob("*.py"))]


@pytest.mark.parametrize("path", python_files(), ids=lambda p: p.name)
def test_sizes(path):
    text = path.read_text(encoding="utf-8")
    if "tests" not in path.parts:
        assert len(text.splitlines()) <= 300, "a module is one idea, at most 300 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno - body[0].lineno + 1) if body else 0
            assert length <= 40, f"{node.name} has {length} lines, at most 40"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_cells(path):
    """No outputs committed, short cells, one figure a cell at most, the common second cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    assert not any(c["outputs"] or c["execution_count"] for c in code)
    lengths = [len("".join(c["source"]).splitlines()) for c in code]
    assert max(lengths) <= 25 and statistics.median(lengths) <= 8
    assert all("".join(c["source"]).count("plt.show()") <= 1 for c in code)
    assert cells[1]["id"] == "setup-colab"
    assert all(re.fullmatch(r"b\d\d-[a-z0-9-]+|setup-colab", c["id"]) for c in cells)


def test_ruff():
    for command in (["check", "."], ["format", "--check", "."]):
        out = subprocess.run(
            [sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True
        )
        assert out.returncode == 0, out.stdout + out.stderr


def test_nothing_downloaded_is_committed():
    """No data file of others, nothing large, outside our own stored results."""
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if out.returncode:
        pytest.skip("not a git checkout")
    tracked = [ROOT / p for p in out.stdout.split("\0") if p and (ROOT / p).is_file()]
    own = ROOT / "src" / "isoflop" / "_minirun"  # our own runs; nothing downloaded is tracked
    banned = {".csv", ".pickle", ".xz", ".woff", ".woff2"}
    assert not [p for p in tracked if p.suffix in banned and p.parent != own]
    assert not [p for p in tracked if p.stat().st_size > 2**20]
