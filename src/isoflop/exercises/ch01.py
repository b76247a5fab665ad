"""Checks of chapter 01: FLOPs and days, frozen halves, doubled compute, a price."""

from __future__ import annotations

from collections.abc import Callable

from isoflop.counting import training_flops
from isoflop.exercises import Check, Mistake, close
from isoflop.laws import BESIROGLU_2024
from isoflop.published import A100_BF16_PEAK, MODELS, V100_FP16_PEAK

_DAYS = 1e21 / (8 * 0.4 * A100_BF16_PEAK) / 86400

# One matrix product's FLOPs per parameter and token: a third of a whole training step.
_PRODUCT = training_flops(1, 1) / 3
_FROZEN = (
    _PRODUCT + 2 * _PRODUCT / 2,  # near the input: the trained half alone goes backward
    _PRODUCT + _PRODUCT / 2 + 2 * _PRODUCT / 2,  # near the output: gradients pass through
)

_DOUBLED = 2**BESIROGLU_2024.b

# Two runs that no single wrong constant gets right, as (N, D, peak, utilisation, price).
_RUNS = (
    (MODELS["Gopher"].N, MODELS["Gopher"].D, A100_BF16_PEAK, 0.5, 1.5),
    (MODELS["GPT-3"].N, MODELS["GPT-3"].D, V100_FP16_PEAK, 0.2, 3.0),
)


def _rent(N: float, D: float, peak: float, utilisation: float, price: float) -> float:
    return training_flops(N, D) / (peak * utilisation) / 3600 * price


def _quotes(times: Callable[..., float] = lambda *_: 1.0) -> Callable[[Callable], bool]:
    """A judge: the reader's function returns the rent, times a factor that a mistake brings in."""

    def judge(quote: Callable) -> bool:
        return all(close(_rent(*run) * times(*run))(quote(*run)) for run in _RUNS)

    return judge


CHECKS = {
    "01.1": Check(
        close(_DAYS),
        "总次数÷（8×利用率×峰值）得到秒，再除以86400得到天。",
        "The count over (8 × utilisation × peak) is in seconds; divide by 86400 for days.",
        (
            Mistake(
                close(_DAYS * 0.4),
                "这是跑满峰值的天数，还没有除以利用率。",
                "That is the time at full peak; divide by the utilisation.",
            ),
            Mistake(
                close(_DAYS * 8),
                "这是一块卡的天数；8块一起干。",
                "That is one card's time; 8 of them work at once.",
            ),
            Mistake(
                close(_DAYS * 24),
                "这是小时数，题目问的是天。",
                "Those are hours; the question asks for days.",
            ),
        ),
        "十来天：一台八卡机器就花得掉这笔预算。",
        "Under a fortnight: a single eight-card machine can spend this budget.",
    ),
    "01.2": Check(
        close(_FROZEN, 0.02),
        "前向人人付2。反向对每一层问两句：要不要∂L/∂W？梯度要不要从它身上穿过？",
        "Everyone pays 2 forward. Backward, ask two things of each layer: is its ∂L/∂W needed, "
        "and must the gradient pass through it?",
        (
            Mistake(
                close((_FROZEN[0], _FROZEN[0])),
                "第二种情形少算了：冻结的层在靠近输出的一端，梯度要穿过它们，才能到达要训练的层。",
                "The second case is short: frozen layers near the output still have to pass the "
                "gradient through to the layers being trained.",
            ),
            Mistake(
                close((_FROZEN[1], _FROZEN[0])),
                "两种情形写反了：先写冻结靠近输入的一半。",
                "The two cases are swapped: the half near the input comes first.",
            ),
            Mistake(
                close((3 * _PRODUCT / 2, 3 * _PRODUCT / 2)),
                "冻结的层不训练，但前向仍然要算。",
                "Frozen layers are not trained, but the forward pass still runs them.",
            ),
        ),
        "微调时冻结哪一端，价钱不同。",
        "In fine-tuning, which end is frozen changes the price.",
    ),
    "01.3": Check(
        close(_DOUBLED),
        "用planning.plan算两次，一次给C，一次给2C，比较两个结果的.D。",
        "Call planning.plan twice, with C and with 2C, and compare the two results' .D.",
        (
            Mistake(
                close(2.0),
                "那样模型就一点没长大。翻倍的算力由N和D分：6ND=2C。",
                "Then the model would not grow at all. N and D share the doubling: 6ND = 2C.",
            ),
            Mistake(
                close(4.0),
                "反了：词元翻倍、模型也翻倍，才要4倍算力。",
                "The other way round: twice the tokens and twice the model take 4 times the FLOPs.",
            ),
        ),
        "若N和D等比例增长，就是√2；这条定律的指数略有不同。第 7 章用真实数据来定。",
        "√2 if N and D grow in proportion; this law's exponents differ a little. Chapter 7 settles "
        "it on real data.",
    ),
    "01.4": Check(
        _quotes(),
        "次数是6ND；除以peak×utilisation得到秒，除以3600得到小时，再乘price。",
        "The count is 6ND; over peak × utilisation gives seconds, over 3600 hours, times price.",
        (
            Mistake(
                _quotes(lambda *_: 3600.0),
                "租金按小时算，你用的是秒。",
                "The price is per hour; yours is per second.",
            ),
            Mistake(
                _quotes(lambda N, D, peak, utilisation, price: utilisation),
                "漏了利用率：卡跑不满峰值。",
                "The utilisation is missing: a card does not reach its peak.",
            ),
            Mistake(
                _quotes(lambda N, D, peak, utilisation, price: utilisation**2),
                "利用率乘反了：利用率越低，花费越高。",
                "The utilisation is upside down: the lower it is, the higher the cost.",
            ),
            Mistake(
                _quotes(lambda *_: 1 / 3),
                "只算了前向。训练是每个参数、每个词元6次，不是2次。",
                "That is the forward pass alone. Training takes 6 per parameter and token, not 2.",
            ),
        ),
    ),
}
