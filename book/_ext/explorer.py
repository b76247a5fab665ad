"""The budget explorer's page: its data, its still picture and its table, all from the package.

- `_static/explorer-data.js` holds constants, stored bands, named models and cards' peaks;
- `_static/explorer-still.svg` and the table that ``{explorer}`` writes are what the page shows
  before, and without, JavaScript;
- scripts and style sheet go to this page alone.
"""

import json
import math
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from explorer_words import NOTES

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))  # where not installed

from isoflop import _law_bands, catalogue, published

PAGE = "book/explorer"
SCRIPTS = (
    "explorer-data",
    "explorer-laws",
    "explorer-state",
    "explorer-text",
    "explorer-specs",
    "explorer-compare",
    "explorer-figure",
    "plotly-load",
    "explorer",
)
BUDGETS = (1e18, 1e20, 1e22, 1e24, 1e26)
STILL_BUDGET = 1e22


def band(row):
    """A law's band as the script needs it: stored quantiles, or a printed interval of a."""
    if row.band is None:
        return None
    if isinstance(row.band, catalogue.ExponentBand):
        return {"middle": row.band.middle, "a": [row.band.low, row.band.high]}
    return {"N": row.band.N.tolist(), "loss": row.band.loss.tolist()}


def entry(row):
    """A law as the script needs it: numbers and words from the catalogue."""
    constants = {k: float(v) for k, v in vars(row.law).items()}
    if row.kind == "frontier":
        constants["pf_day"] = published.PF_DAY
    extra = NOTES.get(row.id, ("", ""))
    return {
        "id": row.id,
        "kind": row.kind,
        "constants": constants,
        "fitted": list(row.fitted),
        "band": band(row),
        "level": row.level,
        "name": row.name._asdict(),
        "note": {
            "zh": f"{row.covers.zh}；{row.leaves_out.zh}。{extra[0]}",
            "en": sentence(f"{row.covers.en}; {row.leaves_out.en}.") + f" {extra[1]}".rstrip(),
        },
    }


def sentence(text):
    return text[0].upper() + text[1:]


def data():
    """Everything the script needs, as one object."""
    models = [
        {"name": m.name, "N": m.N, "D": m.D}
        for m in published.MODELS.values()
        if math.isfinite(m.D)
    ]
    cards = [
        {"id": "h100", "name": "H100 SXM (BF16)", "peak": published.H100_BF16_PEAK},
        {"id": "a100", "name": "A100 (BF16)", "peak": published.A100_BF16_PEAK},
        {"id": "v100", "name": "V100 (FP16)", "peak": published.V100_FP16_PEAK},
    ]
    return {
        "laws": [entry(row) for row in catalogue.entries().values()],
        "grid": _law_bands.LOG10_C.tolist(),
        "models": models,
        "cards": cards,
        "utilisation": published.UTILISATION["PaLM"],
    }


def write_data(app):
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data(), ensure_ascii=False, separators=(",", ":"))
    path = folder / "explorer-data.js"
    path.write_text(f"window.isoflopExplorer = {text};\n", encoding="utf-8")
    still(folder / "explorer-still.svg")


def still(path):
    """The picture before any script: the valley of our fit, and N*(C) under every law."""
    import matplotlib.pyplot as plt
    import numpy as np

    from isoflop import plotting

    rows, C = catalogue.entries(), STILL_BUDGET
    with plt.rc_context(plotting.STYLE):
        figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 4.0))
        ours = rows["refit"]
        best = ours.law.optimum(C)
        N = np.geomspace(best.N / 30, best.N * 30, 200)
        left.plot(N, ours.law.loss(N, C / (6 * N)), color=plotting.BLUE)
        left.axvspan(*ours.at(C).intervals["N"], color=plotting.BLUE, alpha=0.15, lw=0)
        left.plot(best.N, best.loss, "D", color=plotting.BLUE)
        plotting.label(left, "N", "L", log="x")
        _allocations(right, rows, np.geomspace(1e17, 1e27, 81))
        plotting.models(right, lambda m: 6 * m.N * m.D, lambda m: m.N, {}, ms=5)
        right.set(xlim=(1e17, 1e27), ylim=(1e7, 1e14))
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _allocations(ax, rows, C):
    """N*(C) of every law; ours with its band, all dashed beyond the runs behind them."""
    from isoflop import plotting

    colours = {"refit": plotting.BLUE, "kaplan": plotting.RED}
    for name, row in rows.items():
        N, colour = row.law.optimum(C).N, colours.get(name, plotting.GREY)
        inside = (row.fitted[0] <= C) & (C <= row.fitted[1])
        ax.plot(C, N, "--", lw=1, color=colour)
        ax.plot(C[inside], N[inside], "-", lw=2 if name in colours else 1.2, color=colour)
    ours = rows["refit"]
    ax.fill_between(
        C, *zip(*(ours.at(c).intervals["N"] for c in C)), color=plotting.BLUE, alpha=0.15
    )
    plotting.label(ax, "C", "N", log="xy")


# ---------- The table without a script ----------


def short(value):
    """A count in three digits and its powers of ten, the same in both languages: 9.12e9."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def cell(row, C):
    best = row.at(C)
    text = short(best.N)
    if interval := best.intervals.get("N"):
        text += f"<br>[{', '.join(short(v) for v in interval)}]"
    outside = "*" if best.extrapolated else ""
    return f"<td>{text}{outside}<br>D/N {best.tokens_per_parameter:.3g}</td>"


def heading(row):
    """A law's name and, where it has a band, that band's level."""
    zh, en = row.name.zh, sentence(row.name.en)
    return (
        f"{zh}，{row.level:.0%}区间 | {en}, {row.level:.0%} band" if row.level else f"{zh} | {en}"
    )


def table():
    """Every law at several budgets: N, its band where there is one, and D/N."""
    heads = "".join(f'<th scope="col">{C:.0e}</th>'.replace("e+", "e") for C in BUDGETS)
    lines = [
        f'<tr><th scope="row">{heading(row)}</th>'
        + "".join(cell(row, C) for C in BUDGETS)
        + "</tr>"
        for row in catalogue.entries().values()
    ]
    return (
        '<table class="table explorer-static"><thead><tr><th scope="col">C [FLOP]</th>'
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


class Explorer(Directive):
    """``{explorer}``: the place of the explorer, holding its picture and table until it runs."""

    has_content = True

    def run(self):
        root = nodes.container(classes=["explorer"], ids=["explorer"])
        picture = (
            '<figure class="explorer-still"><img src="../_static/explorer-still.svg" '
            'alt="一笔算力下损失随参数量的谷，和各条定律的最优参数量随算力的变化 | '
            "Loss against parameters at one budget, and optimal parameters against compute "
            'under every law" width="662" height="288"></figure>'
        )
        root += nodes.raw("", picture, format="html")
        self.state.nested_parse(self.content, self.content_offset, root)
        root += nodes.raw("", table(), format="html")
        return [root]


def add_files(app, pagename, template, context, doctree):
    if pagename == PAGE:
        app.add_css_file("explorer.css")
        for name in SCRIPTS:
            app.add_js_file(f"{name}.js", defer="defer")


def setup(app):
    app.add_directive("explorer", Explorer)
    app.connect("builder-inited", write_data)
    app.connect("html-page-context", add_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
