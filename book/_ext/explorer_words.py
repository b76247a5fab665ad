"""What the explorer adds to the catalogue's words about a law, Chinese and English side by side."""

_LINE = (
    "这种方法不预测损失，图里的谷借自我们的拟合。",
    "This approach predicts no loss; the valley shown is borrowed from our refit.",
)
_OTHER_DATA = (
    "数据和分词器不同，损失不能同别的定律比大小。",
    "Other data and another tokenizer: its loss cannot be compared with the other laws'.",
)
NOTES = {
    "hoffmann1": _LINE,
    "hoffmann2": _LINE,
    "llama3": _OTHER_DATA,
    "marin": _OTHER_DATA,
    "kaplan": (
        "损失取自它的前沿（算力那条幂律），与画谷用的联合定律本来就不一致。",
        "Its loss is that of its frontier, the power law in compute, which the joint law that "
        "draws the valley does not reproduce.",
    ),
}
