"""The number of each claim, one function a claim: ``c01`` to ``c31``; part of ``claims``.

Each returns named numbers, the deciding one first, computed from ``published``, the laws, the
planner and the counting as they are when it is called. Numbers from public data are the stored
results of the chapters, which compute them again from the data and compare.
"""

from __future__ import annotations

import math

import numpy as np

from isoflop import counting, planning, published, results
from isoflop._number import Number
from isoflop.laws import ChinchillaLaw, as_law

RENTS, SHARES = (1.0, 1.5, 2.0, 3.0, 4.0), (0.15, 0.2, 0.3, 0.45)
"""Chapter 1's assumptions: dollars per GPU hour, useful share of the GPU's peak."""


def _law(constants: published.SurfaceConstants | None = None) -> ChinchillaLaw:
    return as_law(constants or published.BESIROGLU_2024)


def _stored(*names: str) -> list[Number]:
    store = results.load()
    return [Number(store[name]["value"], store[name]["interval"]) for name in names]


def _models(*names: str) -> list[published.Model]:
    return [published.MODELS[name] for name in names]


def _month(paper: published.Paper) -> int:
    """Months since year 0 of a paper's first version."""
    year, month, _ = paper.date.split("-")
    return 12 * int(year) + int(month)


def _year_month(paper: published.Paper) -> int:
    """202203 for March 2022."""
    return int(paper.date[:7].replace("-", ""))


def _farthest(values, target: float) -> float:
    """The value farthest from a target, by ratio."""
    return max(values, key=lambda value: abs(math.log(value / target)))


def _over_advice(model: published.Model, law) -> float:
    """A model's D/N over that of the law's optimum at its budget, 6ND."""
    best = planning.plan(6 * model.N * model.D, law)
    return model.D / model.N / best.tokens_per_parameter


def c01():
    return {"month": _year_month(published.HOFFMANN)}


def c02():
    law = _law()
    best = planning.plan(published.GOPHER_BUDGET, law)
    large, small = (law.loss(best.N * k, best.D / k) - best.loss for k in (4, 1 / 4))
    return {"least": min(large, small), "large": large, "small": small, "N": best.N}


def c03():
    hours = published.GPT3_FLOPS / published.V100_FP16_PEAK / 3600
    cost = np.array([[hours / u * p / 1e6 for u in SHARES] for p in RENTS])
    inside = np.mean((cost >= 1) & (cost < 10))
    return {"inside": inside, "low": cost.min(), "high": cost.max(), "middle": cost[2, 1]}


def c04():
    a, b = published.KAPLAN_2020.N_exponent, published.KAPLAN_2020.D_exponent
    return {"share": a / (a + b), "a": a, "b": b}


def c05():
    kaplan, quoted = published.KAPLAN_2020, published.HOFFMANN_ON_KAPLAN
    N, D = 10**kaplan.N_exponent, 10**kaplan.D_exponent
    gap = max(abs(N / quoted["N"] - 1), abs(D / quoted["D"] - 1))
    exponents = {"a": kaplan.N_exponent, "b": kaplan.D_exponent}
    return {"gap": gap, "N": N, "D": D} | exponents | {f"quoted{x}": quoted[x] for x in "ND"}


def c06():
    table = published.HOFFMANN_TABLE_2
    factors = {f"{x}{k}": 10 ** table[k][y].value for k in table for x, y in ("Na", "Db")}
    gap = max(abs(factor / math.sqrt(10) - 1) for factor in factors.values())
    fitted, clean = _stored("b07-ten-N", "b07-ten-N-clean")
    return {"gap": gap} | factors | {"fitted": fitted, "clean": clean}


def c07():
    table = published.HOFFMANN_TABLE_2
    factors = {f"D{k}": 2 ** table[k]["b"].value for k in table}
    fitted, budget = _stored("b07-two-D", "b07-model-C")
    largest = max(*factors.values(), fitted)
    return {"largest": largest} | factors | {"fitted": fitted, "budget": budget}


def c08():
    gopher, mt_nlg = (m.D for m in _models("Gopher", "MT-NLG"))
    return {"share": _farthest((gopher / 3e11, mt_nlg / 3e11), 1), "gopher": gopher, "mt": mt_nlg}


def c09():
    gopher, mt_nlg = (m.D / m.N for m in _models("Gopher", "MT-NLG"))
    least = results.load()["b09-boot-ratio"]["interval"][0]
    lost, lost_mt = _stored("b09-lost-gopher", "b09-lost-mt-nlg")
    numbers = {"share": max(gopher, mt_nlg) / least, "gopher": gopher, "mt": mt_nlg}
    return numbers | {"least": least, "lost": lost, "lost_mt": lost_mt}


def c10():
    return {"models": published.HOFFMANN_DESIGN["models"], "read": _stored("b08-points")[0]}


def c11():
    design, (chinchilla,) = published.HOFFMANN_DESIGN, _models("Chinchilla")
    reach = published.GOPHER_BUDGET / design["approach_2_highest"]
    share = design["largest"] / chinchilla.N
    return {"share": share, "largest": design["largest"], "reach": reach}


def c12():
    gopher, chinchilla = _models("Gopher", "Chinchilla")
    return {"ratio": gopher.N / chinchilla.N, "gopher": gopher.N, "chinchilla": chinchilla.N}


def c13():
    gopher, chinchilla = _models("Gopher", "Chinchilla")
    return {"ratio": chinchilla.D / gopher.D, "gopher": gopher.D, "chinchilla": chinchilla.D}


def c14():
    runs = _models("Gopher", "Chinchilla")
    shapes = (published.GOPHER_SHAPE, published.CHINCHILLA_SHAPE)
    six = [counting.training_flops(run.N, run.D) for run in runs]
    exact = [counting.gopher_family(s).flops_per_token() * run.D for s, run in zip(shapes, runs)]
    ratios = {"six": six[1] / six[0], "exact": exact[1] / exact[0]}
    counts = {"gopher": exact[0], "chinchilla": exact[1]}
    printed = {"printed": exact[1] / published.GOPHER_BUDGET}
    return {"farthest": _farthest(ratios.values(), 1)} | ratios | counts | printed


def c15():
    (won, of), (big_won, big_of) = published.CHINCHILLA_BETTER.values()
    law, (gopher, chinchilla) = _law(), _models("Gopher", "Chinchilla")
    numbers = {"share": min(won / of, big_won / big_of), "MMLU": won / of, "BIG": big_won / big_of}
    ahead = published.MMLU["Chinchilla"] - published.MMLU["GPT-3"]
    losses = {"gopher": law.loss(gopher.N, gopher.D)}
    losses["chinchilla"] = law.loss(chinchilla.N, chinchilla.D)
    return numbers | {"ahead": ahead} | losses


def c16():
    predicted, seen, rms = _stored("b03-many-floor", "b03-observed", "b03-rms-floor")
    return {"gap": abs(predicted / seen - 1), "predicted": predicted, "seen": seen, "rms": rms}


def c17():
    rms, power, orders = _stored("b03-rms-exp", "b03-rms-floor", "b03-orders-zero")
    return {"worse": rms / power, "rms": rms, "power": power, "orders": orders}


def c18():
    names = ("joint", "additive", "points")
    fits = dict(zip(names, _stored("b04-rms-joint", "b04-rms-additive", "b04-points")))
    kaplan, hoffmann = as_law(published.KAPLAN_2020), _law(published.HOFFMANN_2022)
    models = dict(zip(("gpt", "gopher", "chinchilla"), _models("GPT-3", "Gopher", "Chinchilla")))
    losses = {k: (kaplan.loss(m.N, m.D), hoffmann.loss(m.N, m.D)) for k, m in models.items()}
    today = {k: joint / additive for k, (joint, additive) in losses.items()}
    lower = [additive - joint for joint, additive in losses.values()]
    today |= {"lower_least": min(lower), "lower_most": max(lower), "floor": hoffmann.E}
    return {"worse": fits["joint"] / fits["additive"]} | fits | today


def c19():
    kaplan, table = published.KAPLAN_2020, published.HOFFMANN_TABLE_2
    sums = {f"sum{k}": table[k]["a"].value + table[k]["b"].value for k in table}
    sums["kaplan"] = kaplan.N_exponent + kaplan.D_exponent
    papers = {published.KAPLAN.key, published.HOFFMANN.key} & published.OPTIMUM_AT_FIXED_C.keys()
    return {"papers": len(papers)} | sums


def c20():
    kaplan, hestness, rosenfeld = map(
        _month, (published.KAPLAN, published.HESTNESS, published.ROSENFELD)
    )
    return {"months": kaplan - hestness, "rosenfeld": kaplan - rosenfeld}


def c21():
    kaplan, hoffmann = _month(published.KAPLAN), _month(published.HOFFMANN)
    months = {p.key: _year_month(p) for p in (published.KAPLAN, published.HOFFMANN)}
    return {"months": hoffmann - kaplan} | months


def c22():
    kaplan, names = as_law(published.KAPLAN_2020), ("GPT-3", "Gopher", "MT-NLG")
    early = dict(zip(("gpt", "gopher", "mt"), (_over_advice(m, kaplan) for m in _models(*names))))
    llamas = _models("Llama 3 8B", "Llama 3 70B", "Llama 3.1 405B")
    laws = {"l": None, "h": published.HOFFMANN_2022, "r": published.HOFFMANN_2022_ROUNDED}
    late = {k: [_over_advice(m, _law(constants)) for m in llamas] for k, constants in laws.items()}
    shares = {}
    for name, key in (("near", "l"), ("near_unrounded", "h"), ("near_rounded", "r")):
        shares[name] = np.mean([1 / 3 <= t <= 3 for t in (*early.values(), *late[key])])
    sizes = ("8", "70", "405")
    return shares | early | {k + size: t for k in late for size, t in zip(sizes, late[k])}


def c23():
    warm, decay, whole = _stored("b10-drop-2", "b10-drop-3", "b10-drop-all")
    first, *_, third, fourth, fifth = published.PORIAN_EXPONENTS
    printed = (third - fourth) / (first - fifth)
    shares = {"schedule": (warm + decay) / whole, "decay": decay / whole, "printed": printed}
    gap = published.KAPLAN_2020.N_exponent - published.HOFFMANN_TABLE_2[1]["a"].value
    return shares | {"matched": decay, "warm": warm, "whole": whole, "papers": gap}


def c24():
    keys = ("match-small", "match-large", "warm-smallest", "warm-largest")
    keys += ("warm-most", "match-favoured", "match-budgets")
    small, large, smallest, largest, most, favoured, budgets = _stored(*(f"b10-{k}" for k in keys))
    right = (small > large) + (smallest > largest)
    numbers = {"right": right, "small": small, "large": large, "favoured": favoured}
    numbers |= {"budgets": budgets, "smallest": smallest, "largest": largest}
    return numbers | {"most": most}


def c25():
    habits, without = _stored("b10-step-1", "b10-step-5")
    most = published.HOFFMANN_DESIGN["most_tokens"]
    return {"habits": habits, "without": without, "most": most}


def c26():
    sizes = _stored("b09-N-2", "b09-N-2-clean", "b09-N-3")
    laws = {"besiroglu": published.BESIROGLU_2024, "hoffmann": published.HOFFMANN_2022}
    plans = {name: planning.plan(published.GOPHER_BUDGET, law).N for name, law in laws.items()}
    all_sizes = [*(1e9 * size for size in sizes), *plans.values()]
    named = dict(zip(("all", "clean", "surface"), sizes))
    return {"spread": max(all_sizes) / min(all_sizes)} | named | plans


def c27():
    law, (gopher, chinchilla) = _law(), _models("Gopher", "Chinchilla")
    same = planning.budget_for_loss(law.loss(gopher.N, gopher.D), law).N
    ratios = {"chinchilla": gopher.N / chinchilla.N, "same": gopher.N / same}
    return {"least": min(ratios.values())} | ratios | {"N": same}


def c28():
    (m,) = _models("Llama 3 8B")
    keys = ("llama-times", "llama-lost", "bargain-N-3", "bargain-share-3", "bargain-even-3")
    stored = _stored(*(f"b12-{key}" for key in keys))
    numbers = {"times": _over_advice(m, _law()), "ratio": m.D / m.N}
    numbers["unrounded"] = _over_advice(m, _law(published.HOFFMANN_2022))
    numbers["rounded"] = _over_advice(m, _law(published.HOFFMANN_2022_ROUNDED))
    numbers |= dict(zip(("fitted", "lost", "N", "share", "served"), stored))
    return {"least": min(float(numbers[k]) for k in ("times", "unrounded", "fitted"))} | numbers


def c29():
    models = _models("Mistral 7B", "Llama 3 8B", "Llama 3 70B", "Llama 3.1 405B")
    fits = [m.N <= 70e9 and m.D >= 1e12 for m in models]
    keys = ("mistral", "l8", "l70", "l405")
    sizes = {key: m.N for key, m in zip(keys, models)}
    return {"share": np.mean(fits)} | sizes | {f"D{k}": m.D for k, m in zip(keys[1:], models[1:])}


def c30():
    rule = published.MODELS["Chinchilla"].D / published.MODELS["Chinchilla"].N
    models = _models("Llama 3 8B", "Llama 3 70B", "Llama 3.1 405B")
    ratios = dict(zip(("l8", "l70", "l405"), (m.D / m.N for m in models)))
    times = {f"t{k[1:]}": ratio / rule for k, ratio in ratios.items()}
    near = np.mean([1 / 2 <= t <= 2 for t in times.values()])
    meets = ("grattafiori2024" in published.ISOFLOP_PROFILES) + (near > 1 / 2)
    keys = ("a-least", "a-most", "ratio-least", "ratio-most")
    sets = dict(zip(keys, _stored(*(f"b12-{key}" for key in keys))))
    numbers = {"meets": meets, "near": near, "rule": rule} | ratios | times
    return numbers | {k.replace("-", "_"): v for k, v in sets.items()}


def c31():
    (chinchilla,) = _models("Chinchilla")
    keys = [f"b09-ratio-{how}-{C}" for C in ("1e21", "1e26") for how in ("2", "2-clean", "3")]
    ratios = _stored(*keys)
    rule = chinchilla.D / chinchilla.N
    times = _farthest(ratios, rule) / rule
    names = ("all21", "clean21", "surface21", "all26", "clean26", "surface26")
    return {"times": max(times, 1 / times), "rule": rule} | dict(zip(names, ratios))


FUNCTIONS = {f"C{k:02}": globals()[f"c{k:02}"] for k in range(1, 32)}
"""Claim to the function that computes its numbers."""
