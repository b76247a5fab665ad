"""The picture that a shared link shows: IsoFLOP valleys of our own runs, with both titles.

Drawn at build from the runs that come with the package. Its Chinese title needs a Chinese font
on the machine; without one it has the English title alone.
"""

import io
import logging
from pathlib import Path

CARD, SIZE = "_static/social-card.png", (1200, 630)
ALT = (
    "等算力曲线：固定算力，损失随模型大小先降后升，谷底是最好的大小 | "
    "IsoFLOP curves: at a fixed compute budget the loss falls and rises again with model size; "
    "the bottom is the best size"
)
TITLES = {
    "zh": ("从Kaplan到Chinchilla", "算力该花在哪里"),
    "en": ("From Kaplan to Chinchilla:", "where the compute goes"),
}
SERIFS = ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "STSong", "SimSun")
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei")


def chinese_font():
    """A Chinese font that this machine has, or None."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in (*SERIFS, *SANS) if name in there), None)


def _valleys(ax):
    from isoflop import datasets, plotting, profiles

    runs = datasets.load("minirun-cpu")
    runs = runs[runs["arm"] == "matched"]
    runs = runs.assign(flops=runs["budget"])  # one budget a valley
    columns = (runs[name] for name in ("params", "tokens", "loss", "flops"))
    # Two replicates: the card shows no interval.
    plotting.profiles(profiles.fit(*columns, replicates=2), runs, ax)
    plotting.ticks(ax, x={2e4: r"$2\times 10^4$", 1e5: "$10^5$", 5e5: r"$5\times 10^5$"})


def picture():
    """The card as PNG bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from isoflop import plotting

    with mpl.rc_context({**plotting.STYLE, "font.size": 15, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, layout="none")
        figure.set_facecolor("#fdfcf9")
        ax = figure.add_axes((0.55, 0.15, 0.41, 0.74))
        ax.set_facecolor("#fdfcf9")
        _valleys(ax)
        _titles(figure, chinese_font())
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _titles(figure, font):
    ink, muted, warm = "#22262b", "#5a6068", "#93400c"
    top = 0.80 if font else 0.64
    if font:
        figure.text(0.05, top, TITLES["zh"][0], font=font, size=31, weight="bold", color=ink)
        figure.text(0.05, top - 0.11, TITLES["zh"][1], font=font, size=31, weight="bold", color=ink)
        top -= 0.27
    figure.text(0.05, top, TITLES["en"][0], size=23, color=ink)
    figure.text(0.05, top - 0.08, TITLES["en"][1], size=23, color=ink)
    figure.text(0.05, 0.10, "isoflop", size=17, weight="bold", color=warm)
    figure.text(0.135, 0.10, "$C \\approx 6ND$", size=16, color=muted)


def draw_card(path):
    """Draw the card, unless it is there and no older than this file and the runs."""
    import isoflop

    sources = [Path(__file__), *(Path(isoflop.__file__).parent / "_minirun").iterdir()]
    if path.is_file() and all(p.stat().st_mtime <= path.stat().st_mtime for p in sources):
        return
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture())
