"""What chapters share to say and draw: numbers under names, tables, kinds of figure."""

import warnings
from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from isoflop import envelope, laws, notebook, plotting, profiles, published, simulate

LAW = laws.BESIROGLU_2024


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.fixture
def shown(monkeypatch):
    out = []
    monkeypatch.setattr(notebook, "display", lambda thing, **_: out.append(thing))
    return out


def test_quiet_is_for_fit_warnings_only():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with notebook.quiet():
            warnings.warn("known", profiles.FitWarning)
            with pytest.raises(UserWarning):
                warnings.warn("unknown", UserWarning)
        with pytest.raises(profiles.FitWarning):
            warnings.warn("known", profiles.FitWarning)


def test_numbers_takes_values_and_pairs(capsys, shown, monkeypatch):
    monkeypatch.delenv("ISOFLOP_RESULTS", raising=False)
    data = pd.DataFrame()
    data.attrs = {"stand_in": False, "dataset": "any", "sha256": []}
    interval = np.array([1.0, 2.0])
    notebook.numbers({"x": 1.5, "y": (1.5, interval)}, data=data, fmt=".1f")
    assert capsys.readouterr().out == "x = 1.5\ny = 1.5 [1.0, 2.0]\n"


def test_prose_has_a_minus_sign_and_a_terminal_a_hyphen(capsys, shown):
    notebook.say("x", "-0.019 [-0.032, 0.05], 1e-05, 2020-01-23")
    assert capsys.readouterr().out == "x = -0.019 [-0.032, 0.05], 1e-05, 2020-01-23\n"
    assert list(shown[0].values()) == ["'−0.019 [−0.032, 0.05], 1e-05, 2020-01-23'"]


def test_table_writes_subscripts_of_greek_letters(shown):
    notebook.table(pd.DataFrame({"how": ["α_C/α_N"], "d_model": ["C_N"]}), {})
    assert "<td>α<sub>C</sub>/α<sub>N</sub></td>" in shown[0].data
    assert "<th>d_model</th>" in shown[0].data and "<td>C_N</td>" in shown[0].data


def test_table_and_ratio(shown):
    frame = pd.DataFrame({"N": [7e10, np.nan], "D/N": [1875.2, 20.04]})
    notebook.table(frame, {"N": notebook.short, "D/N": notebook.ratio})
    html = shown[0].data
    assert all(f"<td>{text}</td>" in html for text in ("70B", "?", "1,875", "20"))
    assert notebook.ratio(1.714) == "1.71"


def test_ticks_and_levels(ax):
    plotting.label(ax, "N", "L", log="xy")
    ax.set(xlim=(0.1, 10), ylim=(0.5, 8))
    plotting.ticks(ax, x={0.25: "1/4", 1: "1"}, y=(1, 2, 4))
    plotting.levels(ax, 2, 3)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1/4", "1"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1", "2", "4"]
    assert not len(ax.get_xticks(minor=True)) and not len(ax.get_yticks(minor=True))
    assert [line.get_ydata()[0] for line in ax.lines] == [2, 3]


def test_budgets_stand_below_their_lines_and_inside_the_frame(ax):
    plotting.label(ax, "N", "D", log="xy")
    ax.set(xlim=(1e7, 1e12), ylim=(1e8, 1e13))
    plotting.budget_lines(ax, 10.0 ** np.arange(18, 25))
    assert len(ax.texts) == 7
    frame = ax.get_window_extent()
    for text, C in zip(ax.texts, 10.0 ** np.arange(18, 25)):
        box = text.get_window_extent()
        N, D = ax.transData.inverted().transform((box.x1, box.y1))
        assert 6 * N * D <= C * (1 + 1e-6)  # its corner nearest to the line
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 + 1 and frame.y0 <= box.y0


def test_estimates_stand_beside_each_other(ax):
    plotting.estimates([1, 10], [0.5, 0.6], [(0.4, 0.7), (0.5, 0.8)], ax, nudge=1.1)
    assert ax.lines[0].get_xdata() == pytest.approx([1.1, 11])
    ends = [segment[:, 1] for segment in ax.collections[0].get_segments()]
    np.testing.assert_allclose(ends, [(0.4, 0.7), (0.5, 0.8)])


def test_winners_line_shows_winners_line_and_band(ax):
    sizes = np.geomspace(1e8, 1e10, 12)
    lengths = 20 * sizes[:, None] * np.geomspace(1 / 4, 4, 12)
    curves = simulate.curves(LAW, sizes, lengths)
    C = np.geomspace(1e19, 1e21, 20)
    fit = envelope.fit(curves, budgets=C)
    band = SimpleNamespace(interval=lambda quantity, C: (fit.N(C) / 2, fit.N(C) * 2))
    plotting.winners_line(fit, band, C, ax, name="a")
    points, line = ax.lines
    np.testing.assert_allclose(points.get_ydata(), fit.winners["params"])
    np.testing.assert_allclose(line.get_ydata(), fit.N(C))
    assert line.get_label() == "a" and len(ax.collections) == 1


def test_models_are_points_and_some_have_names(ax):
    names = {"GPT-3": (-7, -3), "Chinchilla": (7, -3)}
    plotting.models(ax, lambda m: m.N, lambda m: m.D, names)
    known = [m for m in published.MODELS.values() if np.isfinite(m.D)]
    drawn = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines]
    assert drawn == [(m.N, m.D) for m in known] and len(known) < len(published.MODELS)
    sides = {text.get_text(): text.get_ha() for text in ax.texts}
    assert sides == {"GPT-3": "right", "Chinchilla": "left"}
