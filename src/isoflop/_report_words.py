"""The report's words in both languages, (Chinese, English), and its style sheet."""

from __future__ import annotations

WORDS = {
    ":": ("：", ": "),
    ",": ("，", ", "),
    ";": ("；", "; "),
    "runs": ("次训练", "runs"),
    "(": ("（", " ("),
    ")": ("）", ")"),
    "count": ("训练次数", "runs"),
    "rows": ("行", "rows"),
    "row": ("行号", "row"),
    "columns": ("认出的列", "columns"),
    "done": ("处理", "done"),
    "left_out": ("没有用到", "left out"),
    "warnings": ("注意", "warning"),
    "forbids": ("先改再用：", "Mend before use:"),
    "intervals": ("区间", "intervals"),
    "interval": ("区间", "interval"),
    "not possible": ("做不了", "not possible"),
    "ok": ("正常", "ok"),
    "warning": ("有警告", "warning"),
    "extrapolated": ("外推", "extrapolated"),
    "resamples": ("次重抽样", "resamples"),
    "seed": ("种子", "seed"),
    "quantity": ("量", "quantity"),
    "from": ("取自", "from"),
    "unit": ("单位", "unit"),
    "counts": ("原值", "as it is"),
    "overview": ("各实验的指数 a", "Exponent a of each experiment"),
    "experiment": ("实验", "experiment"),
    "approach": ("方法", "approach"),
    "status": ("状态", "status"),
    "next": ("下一步做什么", "What to do next"),
    "scrolls": ("表比屏幕宽：左右滑动看其余的列", "wider than the screen: scroll it sideways"),
    "a (scatter of minima)": ("a（仅凭最低点的离散）", "a (scatter of minima)"),
    "as written": ("数里写明", "as written"),
    "exponents": ("N* ∝ C^a，D* ∝ C^b", "N* ∝ C^a, D* ∝ C^b"),
    "optimum": ("算力最优的大小", "Compute-optimal size"),
    "parameters": ("参数", "Parameters"),
    "parameter": ("参数", "parameter"),
    "value": ("值", "value"),
    "minima": (
        "方法二：各预算抛物线的最低点（“算力最优的大小”里的 N* 取自穿过它们的直线，所以两处不同）",
        "Approach 2: each budget's minimum is its parabola's; N* under “Compute-optimal size” is "
        "on the line through them, so the two differ",
    ),
    "inside": ("在采样范围内", "inside the sizes sampled"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "residuals": (
        "曲面差得最远的训练：先查这些行",
        "Runs that the surface misses most: look at these rows first",
    ),
    "residual": ("残差", "residual"),
    "times": ("残差中位数的倍数", "times the median residual"),
}

CAPTIONS = {
    "exponents": (
        "指数 a。粗线：自助法区间；细线：仅凭最低点偏离直线得到的区间；虚线：0.5。",
        "The exponent a. Thick: bootstrap interval; thin: interval from the scatter of the minima "
        "about their line; dashed: 0.5.",
    ),
    "optimum": (
        "最优大小随算力变化。带：区间；空心：最低点在采样范围之外；虚线：外推。",
        "Optimal size against compute. Bands: intervals; hollow: a minimum outside the sizes "
        "sampled; dashed: extrapolated.",
    ),
    "profiles": (
        "各预算的损失与参数量。点：训练；线：抛物线；菱形：最低点。",
        "Loss against size at each budget. Points: runs; lines: parabolas; diamonds: minima.",
    ),
    "residuals": (
        "曲面的残差随算力变化。成片同号说明这种形式拟合不好。",
        "Residuals of the surface against compute. Stretches of one sign mean that the form does "
        "not fit.",
    ),
}

SCROLLS = range(18, 62, 2)
"""Widths of a window, in rem, under which a table as wide says that it scrolls."""

_NARROW = "".join(
    f"@media(max-width:{rem}rem){{.under{rem}{{display:block}}}}\n" for rem in SCROLLS
)

STYLE = (
    """
:root{color-scheme:light dark;--ink:#22262b;--ground:#fff;--line:#d5d9de;--soft:#f4f6f8;
--warn:#8a4b00;--next:#0072b2}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--ground:#15181b;--line:#3a4047;
--soft:#1e2327;--warn:#ffb45c;--next:#56b4e9}img{filter:invert(1) hue-rotate(180deg)}}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:58rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1rem;
overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.3rem 0}
td,th{white-space:nowrap}td.text{white-space:normal;min-width:13rem}
td,th{border-bottom:1px solid var(--line);padding:.3rem .8rem .3rem 0;text-align:left;
vertical-align:top;overflow-wrap:break-word;max-width:26rem}
figure{margin:1.2rem 0}img{max-width:100%;height:auto}
figcaption{font-size:.92rem}
.warnings,.left_out,.done,.next{background:var(--soft);padding:.5rem 1rem;margin:.6rem 0;
overflow-wrap:anywhere}
.warnings{border-left:4px solid var(--warn)}.next{border-left:4px solid var(--next)}
.scrolls{display:none;margin:1rem 0 -.8rem;font-size:.85rem;font-style:italic}
.how{font-size:.92rem;overflow-wrap:anywhere}
@media(max-width:30rem){table{font-size:.8rem}td,th{padding-right:.5rem}
td.text{min-width:9rem}caption{max-width:calc(100vw - 2rem)}}
.warnings p,.left_out p,.done p,.next p{margin:0;font-weight:600}
ul{margin:.2rem 0;padding-left:1.2rem}
"""
    + _NARROW
)
