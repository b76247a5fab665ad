"""What ``isoflop plan`` says, in both languages."""

WORDS = {
    "en": {
        "and": ", ",
        "of": "{ids}: ",
        "head": ("law", "N", "D", "D/N", "loss"),
        "budget": "C = {:.4g} FLOPs",
        "hardware": "{gpus} GPUs × {days:g} days × {peak:.4g} FLOP/s × utilisation {utilisation:g}",
        "fitted": "C is {beyond:.3g} times beyond the runs behind {ids}: extrapolated",
        "grid": "no interval is stored for {ids} at this budget",
        "loss": "losses in nats per token; llama3, marin and kaplan are of other text than the "
        "rest: compare a loss within one data set only",
        "without": "kaplan: N counts parameters without embeddings; the others count all",
    },
    "zh": {
        "and": "、",
        "of": "{ids}：",
        "head": ("定律", "N", "D", "D/N", "损失"),
        "budget": "C = {:.4g} FLOPs",
        "hardware": "{gpus}块GPU × {days:g}天 × {peak:.4g} FLOP/s × 利用率{utilisation:g}",
        "fitted": "C超出{ids}背后的训练{beyond:.3g}倍：这是外推",
        "grid": "{ids}在这个预算上没有存下区间",
        "loss": "损失的单位是nats/词元；llama3、marin、kaplan用的是别的文本："
        "损失只能在同一份数据之内比",
        "without": "kaplan的N不含嵌入，其余的算全部参数",
    },
}
