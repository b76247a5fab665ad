"""``isoflop fit`` on tables no one here made, exported with other names, units and orders.

Each public experiment is written in five shapes; the numbers must be those of the plain table, up
to the digits that the shape itself keeps.
"""

import json

import pandas as pd
import pytest
from fit_tables import isoflop, runs

from isoflop import datasets, notebook, profiles, surface

PORIAN = ("porian-refinedweb",)


def wandb(t):
    """A W&B export: dotted names, millions and billions in the names, newest run first."""
    return pd.DataFrame(
        {
            "Name": [f"run-{i}" for i in range(len(t))],
            "State": "finished",
            "config.params (M)": t["params"] / 1e6,
            "config.tokens_B": t["tokens"] / 1e9,
            "summary.total_flops": t["flops"],
            "summary.eval/loss": t["loss"],
        }
    ).iloc[::-1]


def lm_eval(t):
    """Sizes and tokens written as people write them: 124.4M, 2.5B."""
    return pd.DataFrame(
        {
            "model": [f"m{i}" for i in range(len(t))],
            "model_size": [f"{v / 1e6:.12g}M" for v in t["params"]],
            "tokens_seen": [f"{v / 1e9:.12g}B" for v in t["tokens"]],
            "compute": t["flops"].map("{:.12e}".format),
            "results.val.loss": t["loss"],
        }
    ).sample(frac=1, random_state=0)


def sheet(t):
    """A spreadsheet of thousands separators, with a byte order mark and CRLF."""
    return pd.DataFrame(
        {
            "Loss": t["loss"],
            "Parameters": t["params"].map("{:,.0f}".format),
            "Tokens": t["tokens"].map("{:,.0f}".format),
            "FLOPs": t["flops"].map("{:.12e}".format),
        }
    )


def exaflops(t):
    """Compute in exaFLOPs."""
    return pd.DataFrame(
        {"exaFLOPs": t["flops"] / 1e18, "N": t["params"], "D": t["tokens"], "val_loss": t["loss"]}
    )


SHAPES = {
    "wandb.csv": (wandb, {}),
    "lm-eval.tsv": (lm_eval, {"sep": "\t"}),
    "sheet.csv": (sheet, {"encoding": "utf-8-sig", "lineterminator": "\r\n"}),
    "exa.jsonl": (exaflops, None),
    "exa.parquet": (exaflops, "parquet"),
}


def experiments():
    """(name, table) of each public experiment at hand."""
    if datasets.at_hand("isoflops"):
        for name, part in datasets.load("isoflops").groupby("experiment"):
            yield f"isoflops: {name}", part
    for source in PORIAN:
        if datasets.at_hand(source):
            table = datasets.load(source)
            for name, part in table.groupby("step_name"):
                yield f"{source}: {name}", part


def write(table, path, options):
    if options is None:
        table.to_json(path, orient="records", lines=True, double_precision=15)
    elif options == "parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, float_format="%.15g", **options)
    return path


@pytest.fixture(scope="module", params=list(SHAPES))
def shape(request):
    return request.param


def test_the_same_numbers_under_other_names(shape, tmp_path):
    """Every experiment at hand; a simulated one stands in where no public data are."""
    change, options = SHAPES[shape]
    tables = list(experiments()) or [("simulated", runs())]
    for name, table in tables:
        N, D, loss, C = (table[c].to_numpy() for c in ("params", "tokens", "loss", "flops"))
        path = write(change(table), tmp_path / shape, options)
        out = isoflop("fit", path, "--bootstraps", 20, "--json", "-")
        assert out.exit_code in (0, 3), (name, out.output)
        found = json.loads(out.stdout)
        with notebook.quiet():
            law, line = surface.fit(N, D, loss), profiles.fit(N, D, loss, C, replicates=2)
        assert found["surface"]["a"] == pytest.approx(law.a, rel=1e-6), name
        assert found["profiles"]["a"] == pytest.approx(line.a, rel=1e-6), name
        assert found["surface"]["parameters"]["E"]["value"] == pytest.approx(law.law.E, rel=1e-6)
    print(f"{shape}: {len(tables)} tables")
