"""The explorer's words about each law, Chinese and English side by side."""

NAMES = {
    "refit": ("我们的拟合（方法三）", "Our refit (approach 3)"),
    "besiroglu": ("Besiroglu等人2024", "Besiroglu et al. 2024"),
    "hoffmann1": ("Hoffmann等人，方法一", "Hoffmann et al., approach 1"),
    "hoffmann2": ("Hoffmann等人，方法二", "Hoffmann et al., approach 2"),
    "hoffmann3": ("Hoffmann等人，方法三", "Hoffmann et al., approach 3"),
    "llama3": ("Llama 3的训练，我们的拟合", "Llama 3's runs, our fit"),
    "marin": ("Marin（DCLM）的训练，我们的拟合", "Marin's runs (DCLM), our fit"),
    "kaplan": ("Kaplan等人2020", "Kaplan et al. 2020"),
}

_LINE = (
    "论文没有印出系数，这条线穿过它自己的最优点表；这种方法不预测损失，图里的谷借自我们的拟合。",
    "The paper prints no coefficient: the line goes through its own table of optima. This approach "
    "predicts no loss; the valley shown is borrowed from our refit.",
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
        "它的N不数嵌入；损失是L(C_min)，与画谷用的联合律本来就不一致。",
        "Its N leaves out embeddings; its loss is L(C_min), which the joint law that draws the "
        "valley does not reproduce.",
    ),
}
LEAVES_OUT = (
    "区间只算了训练结果的抽样误差（自助法），没有算公式本身对不对、删掉的点、别的数据、分词器和训练方法。",
    "The band holds the sampling error of the runs only (bootstrap); it leaves out whether the "
    "formula is right, the points dropped, and other data, tokenizers and recipes.",
)
BARE = (
    "论文没有给最优点公布区间，这里只有点预测。",
    "The paper publishes no interval for the optimum: this is a point prediction.",
)
