"""What a column's name says: which quantity it holds, and in which unit.

Names are compared without case, spaces, punctuation and the prefixes of experiment trackers
(``config.``, ``summary/``); what follows the name may be a unit: ``params (M)``, ``flops_1e18``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROLES = {"N": "params", "D": "tokens", "C": "flops", "loss": "loss", "budget": "budget"}
"""What ``--columns`` and ``--units`` call a quantity, and its column in a runs table."""

_WORDS = {
    "params": """n params param nparams nparam numparams numparameters parameters paramcount
        parametercount modelparams modelparameters modelsize totalparams totalparameters
        trainableparams numelparams parametersize size 参数 参数量 参数数 模型参数量 模型规模""",
    "tokens": """d tokens ntokens numtokens tokenstotal totaltokens traintokens trainingtokens
        tokensseen seentokens consumedtokens tokensconsumed traintokensseen numinputtokensseen
        tokenstrained datasize datasettokens 词元 词元数 训练词元 训练词元数 数据量""",
    "flops": """c flops flop totalflos totalflops totalflop flos trainflops trainingflops compute
        trainingcompute totalcompute traincompute flopstotal numflops trainingflop
        trainflop 算力 计算量 训练算力 训练计算量""",
    "loss": """l loss valloss validationloss evalloss evaluationloss testloss trainloss
        trainingloss finalloss finalvalloss finaltrainloss lossfinal lmloss lossval losstrain
        losseval lossvalidation crossentropy celoss valcrossentropy nll valnll 损失
        验证损失 训练损失""",
    "bits": """bitsperbyte bpb valbpb evalbpb bitspertoken bpc bitspercharacter""",
    "perplexity": """perplexity ppl valppl valperplexity evalperplexity evalppl tokenperplexity
        wordperplexity byteperplexity 困惑度""",
    "budget": """budget computebudget flopbudget flopsbudget isoflop isoflopbudget nominalflops
        targetflops budgetflops 预算 算力预算""",
    "run": """run runid runname runuuid wandbid wandbrunid""",
    "step": """step steps globalstep iter iteration trainerglobalstep currentsteps""",
}
_ROLE_OF = {word: role for role, words in _WORDS.items() for word in words.split()}

_COUNTS = {
    1.0: "1 one ones count units",
    1e3: "k thousand thousands kilo",
    1e4: "万",
    1e6: "m mm mn million millions mega 百万",
    1e8: "亿",
    1e9: "b bn billion billions g giga 十亿",
    1e12: "t tn trillion trillions tera 万亿",
}
_FLOPS = {
    1e6: "mflop mflops megaflop megaflops",
    1e9: "gflop gflops gigaflop gigaflops",
    1e12: "tf tflop tflops teraflop teraflops",
    1e15: "p pf pflop pflops petaflop petaflops peta",
    1e18: "e ef eflop eflops exaflop exaflops exa",
    1e21: "z zf zflop zflops zettaflop zettaflops zetta",
    1e15 * 86400: "pfday pfdays pfsday pfsdays pflopday pflopdays pflopsday pflopsdays "
    "petaflopday petaflopdays petaflopsday petaflopsdays",
}
COUNT_UNITS = {word: size for size, words in _COUNTS.items() for word in words.split()}
FLOP_UNITS = COUNT_UNITS | {w: size for size, words in _FLOPS.items() for w in words.split()}
FLOP_ALONE = {word: size for word, size in FLOP_UNITS.items() if "flop" in word or "day" in word}
"""Units that name a column by themselves: ``PF-days``."""

LOSS_UNITS = {"nats": "loss", "nat": "loss", "bits": "bits", "bit": "bits"} | dict.fromkeys(
    ("ppl", "perplexity"), "perplexity"
)

_PREFIX = re.compile(
    r"^(config|summary|history|results?|metrics?|args|hparams|model|train|training|eval|"
    r"evaluation|val|valid|validation|test|final|data|perf|throughput)[./|]",
    re.I,
)
_NOT_COUNTED = re.compile(r"non.?emb|no.?emb|without.?emb|active", re.I)


class Named(NamedTuple):
    """A column's role, the factor its unit stands for, and the unit as written ("" if none)."""

    role: str
    factor: float = 1.0
    unit: str = ""


def squash(text: str) -> str:
    """Lower case, letters and digits alone."""
    return re.sub(r"[\W_]+", "", text.lower())


def units_of(role: str) -> dict[str, float]:
    """The units a role's values may have."""
    return FLOP_UNITS if role in ("flops", "budget") else COUNT_UNITS


def unit(role: str, text: str) -> float | None:
    """The factor a unit stands for (``1e18``, ``millions``, ``PF-days``), or None."""
    if re.fullmatch(r"\s*(?:[×x*]\s*)?(1e\+?\d{1,2}|10\^\d{1,2})\s*(flops?)?\s*", text.lower()):
        return 10.0 ** int(re.search(r"(\d+)\D*$", text).group(1))
    return units_of(role).get(squash(text))


def recognise(name: str) -> Named | None:
    """What a column is by its name, or None.

    Counts without embeddings are another quantity than N and are not taken for it.
    """
    if _NOT_COUNTED.search(name):
        return None
    if found := _plain(name):
        return Named(found)
    parts = re.fullmatch(r"(.+?)\s*[\[(（]([^\])）]+)[\])）]\s*", name, re.S)
    pairs = [parts.groups()] if parts else []
    cuts = [m.start() for m in re.finditer(r"[_\s.\-]", name)]
    pairs += [(name[:cut], name[cut + 1 :]) for cut in cuts]
    for stem, tail in pairs:
        role = _plain(stem)
        if role in ("params", "tokens", "flops", "budget"):
            factor = unit(role, tail)
            if factor is not None:
                return Named(role, factor, tail.strip())
        if role == "loss" and squash(tail) in LOSS_UNITS:
            return Named(LOSS_UNITS[squash(tail)], 1.0, tail.strip())
    alone = FLOP_ALONE.get(squash(name))
    return Named("flops", alone, name) if alone else None


def _plain(name: str) -> str | None:
    """The role of a name without a unit, with and without trackers' prefixes and suffixes."""
    name = name.strip().removesuffix(",none")
    while True:
        if (role := _ROLE_OF.get(squash(name))) is not None:
            return role
        shorter = _PREFIX.sub("", name, count=1)
        if shorter == name:
            last = re.split(r"[./|]", name)[-1]
            return _ROLE_OF.get(squash(last)) if len(squash(last)) > 2 else None
        name = shorter
