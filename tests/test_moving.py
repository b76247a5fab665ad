"""Figures that move: what a slider shows is what the package computed, in little room."""

import gzip
import json
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import nbformat
import numpy as np
import plotly.graph_objects as go
import pytest
from run_chapters import ROOT, run

from isoflop import datasets, envelope, laws, lines, moving, plotting, profiles, valleys

AXES = {"x": ("C", 1e2, 1e6), "y": ("$L - E$ [nats/token]", 0.1, 1, {0.2: "0.2", 0.5: "½"})}
X = np.geomspace(1e3, 1e5, 5)
CHAPTERS = {"03_power_laws": 22, "07_profiles": 6, "10_disagreement": 6}
QUICK = {
    "03_power_laws": {"replicates": 50},
    "07_profiles": {"replicates": 500, "simulated": 20},
    "10_disagreement": {"replicates": 20, "range_replicates": 20, "ends_replicates": 5},
}


def places(heights=(0.2, 0.4)):
    return [
        moving.Place(f"a = {h}", [moving.points(X, h * np.ones(5), plotting.BLUE)]) for h in heights
    ]


def made(**options):
    fixed = [moving.band(X, np.full(5, 0.3), np.full(5, 0.6), plotting.GREEN)]
    options = {"slider": "高 | Height", "log": "xy", "fixed": fixed} | options
    return moving.figure(places(), AXES, **options)


def test_a_frame_changes_the_moving_traces_only():
    figure = made(start=1)
    assert [frame["traces"] for frame in figure["frames"]] == [[1], [1]]
    assert figure["data"][1] == figure["frames"][1]["data"][0]
    assert figure["data"][1]["y"] == [0.4] * 5 and figure["frames"][0]["data"][0]["y"] == [0.2] * 5
    slider = figure["layout"]["sliders"][0]
    assert [step["label"] for step in slider["steps"]] == ["a = 0.2", "a = 0.4"]
    assert slider["active"] == 1


def test_plotly_knows_every_property():
    figure = go.Figure(made())
    assert figure.layout.xaxis.type == "log" and list(figure.layout.xaxis.range) == [2, 6]
    assert list(figure.layout.yaxis.ticktext) == ["0.2", "½"] and len(figure.frames) == 2


def test_coordinates_keep_five_digits():
    trace = moving.line([1.23456789e20, 1], [np.pi, 2], plotting.RED)
    assert trace["x"] == [1.2346e20, 1] and trace["y"] == [3.1416, 2]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"start": 2}, "start = 2"),
        ({"start": -1}, "start = -1"),
        ({"slider": "Height"}, "中文 | English"),
    ],
)
def test_refuses(options, words):
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        made(**options)


def test_refuses_places_of_unequal_traces_or_too_few():
    one, two = places()
    more = moving.Place("", [*two.traces, *two.traces])
    for wrong in ([one, more], [one], []):
        with pytest.raises(ValueError, match="two places or more"):
            moving.figure(wrong, AXES, slider="高 | Height")


def test_refuses_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="finite"):
        moving.points([1, np.nan], [1, 1], plotting.BLUE)


@pytest.mark.parametrize(
    "label, written",
    [
        ("$N$ [parameters]", "<i>N</i> [parameters]"),
        ("$L - E$ [nats/token]", "<i>L</i> − <i>E</i> [nats/token]"),
        (r"$N_f$", "<i>N</i><sub>f</sub>"),
        (r"$C_{\mathrm{ne}}$ [FLOP]", "<i>C</i><sub>ne</sub> [FLOP]"),
    ],
)
def test_formulas_of_labels(label, written):
    assert moving.html(label) == written


def test_the_still_picture_is_drawn_from_the_same_numbers():
    picture = moving.still(made(start=1), AXES, log="xy")
    (ax,) = picture.axes
    (drawn,) = ax.lines
    assert np.allclose(drawn.get_xydata(), np.column_stack([X, np.full(5, 0.4)]), rtol=1e-4)
    assert ax.get_xlim() == (1e2, 1e6) and ax.get_xscale() == ax.get_yscale() == "log"
    assert len(ax.patches) == 1, "the band"
    plotting.close(picture)


def test_one_output_carries_both(monkeypatch):
    shown = []
    monkeypatch.setattr(moving, "display", lambda data, **options: shown.append((data, options)))
    moving.display_both(places(), AXES, slider="高 | Height", log="xy")
    ((data, options),) = shown
    assert set(data) == {moving.MIME, "image/svg+xml"} and options == {"raw": True}
    assert "<svg" in data["image/svg+xml"]


def test_plotly_is_never_imported():
    code = "import sys, isoflop, isoflop.moving; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------- The chapters' figures ----------


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    """The moving figure of each chapter that has one, from a quick run on stand-ins."""
    folder, found = tmp_path_factory.mktemp("moving"), {}
    offline = {"ISOFLOP_DATA": "", "ISOFLOP_OFFLINE": "1", "ISOFLOP_CACHE": str(folder)}
    for name, few in QUICK.items():
        chapter = ROOT / "notebooks" / f"{name}.ipynb"
        done = run(chapter, folder / chapter.name, few, **offline)
        outputs = [o.get("data", {}) for cell in done.cells for o in cell.get("outputs", [])]
        ((figure, picture),) = [
            (data[moving.MIME], data["image/svg+xml"]) for data in outputs if moving.MIME in data
        ]
        assert figure.pop("config") == {"displayModeBar": False} and "<svg" in picture
        found[name] = figure
    return found


def y_of(figure, place, trace):
    return np.array(figure["frames"][place]["data"][trace]["y"])


def text_of(figure, place):
    return figure["layout"]["sliders"][0]["steps"][place]["label"]


@pytest.mark.notebook
def test_the_floor_of_chapter_3(chapters):
    figure, law = chapters["03_power_laws"], laws.BESIROGLU_2024
    C = np.array(figure["data"][0]["x"])
    x = np.log(C)
    whole = y_of(figure, 0, 0)  # no floor taken off
    for place, E in enumerate(law.E * np.arange(0, 1.06, 0.05)):
        assert np.allclose(y_of(figure, place, 0), whole - E, atol=2e-4)
        slope, intercept = lines.line(x, np.log(whole - E))
        assert np.allclose(y_of(figure, place, 1), np.exp(intercept + slope * x), rtol=2e-3)
        assert f"E = {E:.2f} " in text_of(figure, place)
    exact = law.optimum(C).loss
    assert np.abs(np.log(whole / exact)).max() < 5 * 0.003


@pytest.mark.notebook
def test_the_budget_of_chapter_7(chapters):
    figure = chapters["07_profiles"]
    means = valleys.seed_means(valleys.of_arm(datasets.load("minirun-cpu")))
    fit = profiles.fit(*valleys.columns(means), replicates=2)
    for place, best in enumerate(fit.minima.itertuples()):
        points, valley, band, bottom = figure["frames"][place]["data"]
        assert np.allclose(valley["y"], fit.profiles[place].loss(valley["x"]), rtol=1e-3)
        assert np.allclose((bottom["x"][0], bottom["y"][0]), (best.N, best.loss), rtol=1e-4)
        assert band["x"][0] < best.N < band["x"][1]
        assert len(points["x"]) == (means["budget"] == best.budget).sum()


@pytest.mark.notebook
def test_the_counting_of_chapter_10(chapters):
    figure = chapters["10_disagreement"]
    grid = valleys.of_arm(datasets.load("minirun-cpu"))
    slopes = []
    for place, share in enumerate(np.linspace(0, 1, 6)):
        N = grid["params_nonembedding"] * (1 - share) + share * grid["params"]
        counted = grid.assign(N=N, C=6 * N * grid["tokens"])
        ends = envelope.ends(valleys.as_ends(counted, "N", "C"))
        # Outside this range some sizes have no run, and one may win unopposed.
        lowest = counted.loc[grid["budget"] == grid["budget"].min(), "C"].max()
        highest = counted.loc[grid["budget"] == grid["budget"].max(), "C"].min()
        fit = envelope.fit(ends, budgets=np.geomspace(lowest, highest, 400))
        line = figure["frames"][place]["data"][3]
        slopes.append(lines.line(np.log(line["x"]), np.log(line["y"]))[0])
        assert np.isclose(slopes[-1], fit.a, atol=1e-4)
        assert f"a = {fit.a:.3f} [" in text_of(figure, place)
    assert (np.diff(slopes) < 0).all(), "the text says that it falls all the way"


@pytest.mark.notebook
@pytest.mark.parametrize("name", CHAPTERS)
def test_small_and_whole(name, chapters):
    figure = chapters[name]
    numbers = json.dumps(figure).encode()
    assert len(gzip.compress(numbers)) < 20_000, "three of them stay below 60 kB"
    assert len(figure["frames"]) == CHAPTERS[name]
    go.Figure(figure)
    figures = [
        cell.metadata["mystnb"]
        for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4).cells
        if "moving.display_both" in cell.source
    ]
    (about,) = figures
    assert " | " in about["figure"]["caption"] and " | " in about["image"]["alt"]
