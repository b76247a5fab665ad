"""What ``isoflop design`` says, in both languages."""

WORDS = {
    "en": {
        "done": "read: {}",
        "left_out": "left out: {}",
        "warnings": "warning: {}",
        "now": "now: N*({target:.3g}) = {N} [{low}, {high}] at {level:.0%}; high/low = {fold:.3g}",
        "spend": "next round: {spend:.3g} FLOPs, in {worlds} simulated worlds each",
        "head": ("", "runs", "budgets, FLOPs", "sizes", "width", "one round", "high/low"),
        "sizes": "{n} within ×{factor:g}",
        "same": "the present runs again",
        "repeat": "repeat",
        "width": "width: of the interval of log N* after the round over that now, ± one standard "
        "error of the simulation; one round: 10th to 90th percentile over the worlds",
        "failed": "{failed} worlds of round {label} gave no fit and are left out",
        "best": "round 1 in full",
        "runs": "{C:.3g}: N = {sizes}",
        "below": "all proposed budgets lie at least ×{} below the target: the gain holds only if "
        "the form does",
        "naive": "repeating the present runs promises no less than round 1 here",
        "left": "left out: the form of the surface, learning rates tuned or not at other sizes, "
        "noise that changes with scale, runs that fail; C = 6ND",
        "tried": "tried: up to {budgets} budgets, {sizes} sizes at each, ×{factor:g} each side of "
        "the predicted optimum, no budget below the cheapest present run",
        "progress": "{done} of {total} simulated refits",
    },
    "zh": {
        "done": "读取：{}",
        "left_out": "没有用：{}",
        "warnings": "注意：{}",
        "now": "现在：N*({target:.3g}) = {N} [{low}, {high}]，{level:.0%}；上下端之比{fold:.3g}",
        "spend": "下一轮：{spend:.3g} FLOPs，每个方案在{worlds}个模拟世界里各做一遍",
        "head": ("", "次数", "预算（FLOPs）", "大小", "宽度", "单独一轮", "上下端之比"),
        "sizes": "{n}个，×{factor:g}以内",
        "same": "把现有的训练重做",
        "repeat": "重做",
        "width": "宽度：做完之后log N*的区间宽度与现在之比，±模拟的一个标准误；"
        "单独一轮：各个世界的第10到第90百分位",
        "failed": "方案{label}有{failed}个世界拟合不出，没有算入",
        "best": "方案1的全部训练",
        "runs": "{C:.3g}：N = {sizes}",
        "below": "所有方案的预算都在目标的1/{}以下：曲面的形式一直对，才有这样的收窄",
        "naive": "在这里，把现有的训练重做一遍并不比方案1差",
        "left": "没有算入：曲面形式对不对、别的大小上学习率调没调好、噪声随规模变化、失败的训练；"
        "C = 6ND",
        "tried": "试过的方案：至多{budgets}个预算，每个至多{sizes}个大小，"
        "在预测的最优两侧各至多×{factor:g}，预算不低于现有最便宜的训练",
        "progress": "已模拟重拟合{done}次，共{total}次",
    },
}
