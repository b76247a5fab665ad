"""Every chapter runs through papermill: on the real data, checking the stored results, and on
stand-ins with other parameters."""

import json
import re
import warnings

import papermill
import pytest
from run_chapters import CHAPTERS, ROOT, run

from isoflop import datasets, results

IDS = [chapter.stem for chapter in CHAPTERS]

# Other values for every chapter's parameters: a chapter must not lean on its defaults.
OTHER_PARAMETERS = {
    "01_budget": {"C": 5e22},
    "02_counting": {"context": 2048, "vocab_size": 32000},
    "03_power_laws": {"seed": 1, "replicates": 200, "first": 5},
    "04_kaplan": {"C": 3e22, "seed": 1, "replicates": 200},
    "05_experiment": {"seed": 1, "noise": 0.005, "simulated": 100},
    "06_envelope": {"seed": 1, "replicates": 400, "fewer": 100, "simulated": 20},
    "07_profiles": {"seed": 1, "replicates": 500},
    "08_surface": {"seed": 1, "replicates": 200, "starts": 10},
    "09_uncertainty": {"seed": 1, "replicates": 200, "data_sets": 10, "in_place": 5},
    "10_disagreement": {
        "seed": 1,
        "replicates": 200,
        "range_replicates": 20,
        "ends_replicates": 20,
    },
    "11_minirun": {"seed": 1, "replicates": 200},
    "12_planning": {"C": 5e22, "seed": 1, "replicates": 200},
    "13_claims": {"nudge": 1.3},
}


def texts(notebook) -> str:
    """All that the executed notebook shows."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown.append(output.get("text", ""))
            shown += [v for v in output.get("data", {}).values() if isinstance(v, str)]
    return "\n".join(shown)


def sources(path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.notebook
@pytest.mark.parametrize("chapter", CHAPTERS, ids=IDS)
def test_on_real_data(chapter, tmp_path):
    """Runs as it stands; every number on public data equals the stored one; no solution fails."""
    missing = [name for name in datasets.names() if not datasets.at_hand(name)]
    if missing:
        pytest.skip(f"public data not at hand: {', '.join(missing)} (set ISOFLOP_DATA)")
    out = texts(run(chapter, tmp_path / chapter.name, ISOFLOP_RESULTS="check"))
    assert "isoflop-banner" not in out
    assert "isoflop-check hint" not in out, "a solution in this chapter fails its own check"


@pytest.mark.notebook
@pytest.mark.parametrize("chapter", CHAPTERS, ids=IDS)
def test_on_stand_ins(chapter, tmp_path):
    """Runs without data, network or the default parameters, and says so where it matters."""
    offline = {"ISOFLOP_DATA": "", "ISOFLOP_OFFLINE": "1", "ISOFLOP_CACHE": str(tmp_path)}
    parameters = OTHER_PARAMETERS[chapter.stem]
    out = texts(run(chapter, tmp_path / chapter.name, parameters, **offline))
    uses_data = re.search(r'notebook\.load\("', sources(chapter))
    assert ("isoflop-banner" in out) == bool(uses_data)
    assert "Stored result" in out or "notebook.number(" not in sources(chapter)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=IDS)
def test_has_parameters(chapter):
    """Papermill finds the parameters cell, and the other values above name parameters in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = papermill.inspect_notebook(str(chapter))
    assert found, "no cell tagged `parameters`"
    assert set(OTHER_PARAMETERS[chapter.stem]) <= set(found)


def test_every_stored_result_is_used():
    """A stored result no chapter asks for would never be recomputed."""
    text = "\n".join(sources(chapter) for chapter in CHAPTERS)
    orphans = [name for name in results.load() if not re.search(rf'["`]{name}["`]', text)]
    assert not orphans
    pictures = {path.stem for path in results.FOLDER.glob("*.png")}
    assert pictures == {name for name, about in results.load().items() if "figure" in about}


def test_store_is_small():
    size = sum(path.stat().st_size for path in (ROOT / "src/isoflop/_results").iterdir())
    assert size < 2**20
