"""Any table read: columns recognised, units converted, what is wrong named; nothing silent."""

import builtins
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from fit_tables import runs, write

from isoflop import reading
from isoflop._names import recognise
from isoflop.reading import TableError


@pytest.fixture
def table():
    return runs()


def read(tmp_path, text, name="runs.csv", **options):
    return reading.read(write(tmp_path / name, text), **options)


def csv(frame, **options) -> str:
    return frame.to_csv(index=False, float_format="%.17g", **options)


@pytest.mark.parametrize(
    ("name", "role", "factor"),
    [
        ("N", "params", 1),
        ("Model Size", "params", 1),
        ("config.n_params", "params", 1),
        ("num_parameters", "params", 1),
        ("params (M)", "params", 1e6),
        ("N_params_B", "params", 1e9),
        ("参数量（亿）", "params", 1e8),
        ("tokens_B", "tokens", 1e9),
        ("tokens [billions]", "tokens", 1e9),
        ("train/tokens", "tokens", 1),
        ("total_flos", "flops", 1),
        ("Training FLOP", "flops", 1),
        ("flops_1e18", "flops", 1e18),
        ("compute (PF-days)", "flops", 1e15 * 86400),
        ("exaFLOPs", "flops", 1e18),
        ("summary/val_loss", "loss", 1),
        ("eval/loss", "loss", 1),
        ("验证损失", "loss", 1),
        ("results.wikitext.bits_per_byte", "bits", 1),
        ("word_perplexity,none", "perplexity", 1),
        ("compute_budget", "budget", 1),
    ],
)
def test_common_names(name, role, factor):
    found = recognise(name)
    assert found.role == role and found.factor == pytest.approx(factor)


@pytest.mark.parametrize(
    "name",
    ["params_nonembedding", "non_embedding_params", "loss_kind", "lr", "model", "n_star_std"],
)
def test_what_is_not_taken(name):
    assert recognise(name) is None


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "parquet", "semicolon"])
def test_formats_agree_to_the_last_bit(tmp_path, table, kind):
    shuffled = table.sample(frac=1, random_state=0)[["loss", "flops", "tokens", "params"]]
    path = tmp_path / f"x.{'csv' if kind == 'semicolon' else kind}"
    if kind == "parquet":
        shuffled.to_parquet(path)
    elif kind.startswith("json"):
        text = shuffled.to_json(orient="records", lines=kind == "jsonl", double_precision=15)
        records = shuffled.to_dict("records")
        text = "\n".join(map(json.dumps, records)) if kind == "jsonl" else json.dumps(records)
        write(path, text + "\n")
    else:
        write(path, csv(shuffled, sep={"csv": ",", "tsv": "\t", "semicolon": ";"}[kind]))
    found = reading.read(path).runs
    for column in table:
        assert (found[column].to_numpy() == shuffled[column].to_numpy()).all()


def test_units_in_names_values_and_flags_agree(tmp_path, table):
    N = table["params"].round(-6)
    table = table.assign(params=N)
    named = table.assign(params=N / 1e6).rename(columns={"params": "params (M)"})
    valued = table.assign(params=[f"{n / 1e6:.0f}M" for n in N])
    grouped = table.assign(params=[f"{n:,.0f}" for n in N])
    flagged = table.assign(params=N / 1e6)
    first = read(tmp_path, csv(table)).runs["params"]
    for frame, units in ((named, {}), (valued, {}), (grouped, {}), (flagged, {"N": "millions"})):
        found = read(tmp_path, csv(frame), units=units)
        np.testing.assert_allclose(found.runs["params"], first, rtol=1e-15)
    assert any(c.quantity == "params" and c.unit == "millions = 1e+06" for c in found.columns)


def test_bits_become_nats_and_are_said(tmp_path, table):
    bits = table.assign(bpb=table["loss"] / np.log(2)).drop(columns="loss")
    found = read(tmp_path, csv(bits))
    np.testing.assert_allclose(found.runs["loss"], table["loss"], rtol=1e-14)
    assert [c.unit for c in found.columns if c.quantity == "loss"] == ["bits × ln 2"]


@pytest.mark.parametrize(("gone", "formula"), [("flops", "= 6ND"), ("tokens", "= C/(6N)")])
def test_what_is_computed_is_said(tmp_path, table, gone, formula):
    found = read(tmp_path, csv(table.drop(columns=gone)))
    assert (gone, formula) in [(c.quantity, c.source) for c in found.columns]
    np.testing.assert_allclose(found.runs["flops"], 6 * found.runs["params"] * found.runs["tokens"])


def test_bom_crlf_gb18030_and_utf16(tmp_path, table):
    text = csv(table).replace("params", "参数量")
    crlf = text.replace("\n", "\r\n")
    first = read(tmp_path, text).runs
    for content in ("\ufeff" + crlf).encode(), crlf.encode("utf-16"), text.encode("gb18030"):
        pd.testing.assert_frame_equal(read(tmp_path, content).runs, first)


@pytest.mark.parametrize("cut", ["line", "value"])
def test_half_written(tmp_path, table, cut):
    text = csv(table)
    if cut == "line":
        with pytest.raises(TableError, match=r"line 37 is cut off: 3 of 4 cells"):
            read(tmp_path, text[: text.rstrip("\n").rfind(",")])
    else:
        assert "may be cut short" in read(tmp_path, text[:-5]).done[0].en


def test_half_written_json_lines_and_parquet(tmp_path, table):
    lines = "\n".join(json.dumps(r) for r in table.to_dict("records"))
    with pytest.raises(TableError, match="line 36 is no whole JSON"):
        read(tmp_path, lines[:-9], "x.jsonl")
    path = tmp_path / "x.parquet"
    table.to_parquet(path)
    with pytest.raises(TableError, match="no whole Parquet"):
        read(tmp_path, path.read_bytes()[:-40], "x.parquet")


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    real = builtins.__import__

    def absent(name, *rest, **more):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    path = write(tmp_path / "x.parquet", b"PAR1")
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(TableError, match="pip install pyarrow"):
        reading.read(path)


def test_unknown_columns_are_listed(tmp_path, table):
    with pytest.raises(TableError, match="as N .*apple, tokens, flops, loss.*--columns N=COLUMN"):
        read(tmp_path, csv(table.rename(columns={"params": "apple"})))
    named = read(tmp_path, csv(table.rename(columns={"params": "apple"})), columns={"N": "apple"})
    assert (named.runs["params"] == table["params"].to_numpy()).all()
    with pytest.raises(TableError, match="--columns N=pear: no such column"):
        read(tmp_path, csv(table), columns={"N": "pear"})


def test_two_losses_must_be_told_apart(tmp_path, table):
    two = table.assign(val_loss=table["loss"] + 0.1)
    with pytest.raises(TableError, match="2 columns could be loss.*--columns loss=loss"):
        read(tmp_path, csv(two))
    chosen = read(tmp_path, csv(two), columns={"loss": "val_loss"}).runs["loss"]
    np.testing.assert_allclose(chosen, two["val_loss"])
    read(tmp_path, csv(table.assign(val_loss=table["loss"])))  # the same twice is no question


def test_mixed_units_name_their_rows(tmp_path, table):
    mixed = table.copy()
    mixed.loc[[3, 7], "params"] /= 1e6
    with pytest.raises(TableError, match=r"rows 4, 8: mixed units"):
        read(tmp_path, csv(mixed))
    off = table.copy()
    off.loc[[3, 7], "tokens"] /= 1e3
    with pytest.raises(TableError, match=r"rows 4, 8: mixed units.* times 6ND"):
        read(tmp_path, csv(off))
    some = table.assign(params=[f"{n / 1e6}M" for n in table["params"]])
    some.loc[5, "params"] = "70"
    with pytest.raises(TableError, match="row 6: no unit"):
        read(tmp_path, csv(some))


@pytest.mark.parametrize(("unit", "size"), [("millions", 1e6), ("billions", 1e9)])
def test_a_unit_nobody_said(tmp_path, table, unit, size):
    """Sizes on both sides of what may be a count are one unit, unless a wide gap parts them."""
    small = csv(table.assign(params=table["params"] / size))
    with pytest.raises(TableError, match=r"too small for counts\. .*, such as --units N=") as told:
        read(tmp_path, small)
    low, high = table["params"].min() / size, table["params"].max() / size
    assert f"params from {low:.4g} to {high:.4g}" in str(told.value)
    assert str(told.value).endswith(f"--units N={unit}")
    read(tmp_path, small, units={"N": unit})


def test_two_units_quote_a_value_of_each(tmp_path, table):
    mixed = table.copy()
    mixed.loc[[3, 7], "params"] /= 1e6
    few, rest = mixed["params"][3], mixed["params"][0]
    said = rf"{few:.4g} in row 4, {rest:.4g} in rows 1, 2, 3, 5, 6 and 29 more\. Write all params"
    with pytest.raises(TableError, match=said.replace("+", r"\+")):
        read(tmp_path, csv(mixed))


@pytest.mark.parametrize(("role", "name"), [("D", "tokens_B"), ("N", "params (M)")])
def test_a_name_with_a_unit_that_its_values_have_not(tmp_path, table, role, name):
    named = csv(table.rename(columns={{"D": "tokens", "N": "params"}[role]: name}))
    word = "billions" if role == "D" else "millions"
    with pytest.raises(TableError, match=rf"its name says {word}, its values .* --units {role}=1$"):
        read(tmp_path, named)
    found = read(tmp_path, named, units={role: "1"})
    pd.testing.assert_frame_equal(found.runs[list(table)], read(tmp_path, csv(table)).runs)
    with pytest.raises(TableError, match="--units says trillions"):
        read(tmp_path, csv(table), units={"D": "trillions"})


def test_perplexity_is_no_loss(tmp_path, table):
    high = csv(table.assign(loss=np.exp(table["loss"] + 0.5)))
    with pytest.raises(TableError, match=r"loss from 1\d\.\d+ to \d+.* --units loss=perplexity"):
        read(tmp_path, high)
    table.loc[3, "loss"] = np.log(7.5) - 0.5  # one run below 8 does not make the others nats
    high = csv(table.assign(loss=np.exp(table["loss"] + 0.5)))
    with pytest.raises(TableError, match="loss from 7.5 to "):
        read(tmp_path, high)
    found = read(tmp_path, high, units={"loss": "perplexity"}).runs["loss"]
    np.testing.assert_allclose(found, table["loss"] + 0.5, rtol=1e-14)
    read(tmp_path, csv(table.assign(loss=table["loss"] + 8)), units={"loss": "nats"})


def test_a_workbook_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    content = (tmp_path / "x.zip").read_bytes()
    for ending in ("xlsx", "csv", "parquet"):
        with pytest.raises(TableError, match="a zip file, such as an Excel workbook; save it as"):
            read(tmp_path, content, f"x.{ending}")


def test_a_column_nearly_named(tmp_path, table):
    text = csv(table.rename(columns={"params": "model_size"}))
    for options in ({"columns": {"N": "model_siz"}}, {"only": [("model_siz", "1")]}):
        with pytest.raises(TableError, match="no such column; did you mean 'model_size'"):
            read(tmp_path, text, **options)
    with pytest.raises(TableError, match="no such column; the table has"):
        read(tmp_path, text, columns={"N": "zzz"})


def test_zero_is_called_zero(tmp_path, table):
    table.loc[2, "loss"] = 0.0
    with pytest.raises(TableError, match="column 'loss', row 3: 0 is not a finite positive loss"):
        read(tmp_path, csv(table))


def test_c_counted_otherwise_is_noted(tmp_path, table):
    ratio = np.geomspace(1.12, 1.4, len(table))
    found = read(tmp_path, csv(table.assign(flops=ratio * table["flops"])))
    (note,) = found.done
    assert "runs from 1.12 to 1.4, median 1.25" in note.en and "中位数1.25" in note.zh
    assert not found.warnings
    small = np.where(table["params"].rank() < 9, 0.75, 1.02)  # embeddings weigh in small models
    (note,) = read(tmp_path, csv(table.assign(flops=small * table["flops"]))).done
    assert "from 0.75 to 1.02" in note.en
    near = np.geomspace(0.95, 1.05, len(table))
    assert not read(tmp_path, csv(table.assign(flops=near * table["flops"]))).done


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("flops>=1e20", lambda t: t["flops"] > 9e19),
        ("flops<1e20", lambda t: t["flops"] < 9e19),
        ("params <= 1B", lambda t: t["params"] <= 1e9),
        ("params > 1,000M", lambda t: t["params"] > 1e9),
        ("loss!=2.5", lambda t: t["loss"] != 2.5),
        ("size>=1B", lambda t: t["params"] >= 1e9),
        ("kind!=a", lambda t: t.index % 2 == 1),
        ("kind=a", lambda t: t.index % 2 == 0),
        ("odd>name=1", lambda t: t.index == t.index),
    ],
)
def test_only_compares(tmp_path, table, condition, kept):
    table.loc[0, "loss"] = 2.5
    table["flops"] = table["flops"].round(-15)  # as a person would write a budget
    frame = table.assign(size=[f"{n / 1e6}M" for n in table["params"]])
    frame = frame.assign(**{"kind": ["a", "b"] * 18, "odd>name": 1})
    found = read(tmp_path, csv(frame), only=[condition], columns={"N": "params"})
    expected = table[kept(table)]
    assert found.runs["loss"].tolist() == expected["loss"].tolist()
    assert found.left_out[0].en.startswith(f"{36 - len(expected)} row")


def test_only_says_what_is_wrong(tmp_path, table):
    for condition, message in (
        ("flops>=many", "--only flops>=many: 'many' is no number"),
        ("flops>1e30", "--only flops>1e30: no row has it; its values run from 1e\\+19 to 1e\\+21"),
        ("flop>1", "--only flop>1: no such column; did you mean 'flops'"),
        ("flops", "--only flops: need COLUMN=VALUE"),
    ):
        with pytest.raises(TableError, match=message):
            read(tmp_path, csv(table), only=[condition])


def test_flops_that_contradict_6nd_forbid(tmp_path, table):
    (note,) = read(tmp_path, csv(table.assign(flops=3 * table["flops"]))).warnings
    assert note.forbids and "factor 2 in 100% of rows" in note.en


def test_twins_and_rows_without_loss(tmp_path, table):
    text = csv(pd.concat([table, table.iloc[:2]])) + "1e8,1e9,6e17,\n1e8,1e9,6e17,inf\n"
    found = read(tmp_path, text)
    assert len(found.runs) == len(table) and found.rows == len(table) + 4
    said = " ".join(n.en for n in found.left_out)
    assert "2 rows that repeat" in said and "rows 37, 38" in said
    assert "1 row without a loss" in said and "1 row whose loss is infinite" in said


@pytest.mark.parametrize("bad", ["1.300.000", "1,5", "abc", "70X", "1,30,000", "-5", "0", "1e999"])
def test_a_bad_cell_names_its_row(tmp_path, table, bad):
    text = table.astype(object)
    text.loc[4, "params"] = bad
    with pytest.raises(TableError, match="column 'params', row 5"):
        read(tmp_path, csv(text))


def test_rows_too_long_and_columns_twice(tmp_path, table):
    lines = csv(table).splitlines()
    with pytest.raises(TableError, match="line 5"):
        read(tmp_path, "\n".join([*lines[:4], lines[4] + ",9", *lines[5:]]) + "\n")
    with pytest.raises(TableError, match="two columns are called 'loss'"):
        read(tmp_path, csv(table).replace("tokens", "loss", 1))


def test_only_and_by(tmp_path, table):
    two = pd.concat([table.assign(step=1), table.assign(step=2, loss=table["loss"] * 1.1)])
    one = read(tmp_path, csv(two), only=[("step", "2")])
    assert len(one.runs) == 36 and "36 rows: step is not 2" in one.left_out[0].en
    with pytest.raises(TableError, match="no row has it; there are 1, 2"):
        read(tmp_path, csv(two), only=[("step", "3")])
    with pytest.raises(TableError, match="--by corpus: no such column; the table has"):
        read(tmp_path, csv(two), by="corpus")
    named = two.assign(corpus=[f"c{s}" for s in two["step"]])
    assert "--by corpus" in read(tmp_path, csv(named)).warnings[0].en
    assert not read(tmp_path, csv(named), by="corpus").warnings


def test_marked_and_unfinished_rows_are_used_and_said(tmp_path, table):
    frame = table.assign(outlier=[True] * 3 + [False] * 33, State=["crashed"] + ["finished"] * 35)
    said = " ".join(n.en for n in read(tmp_path, csv(frame)).warnings)
    assert "--only outlier=False" in said and "--only State=finished" in said


def test_curves_are_told_by_their_run(tmp_path, table):
    parts = [table.assign(run=table.index, tokens=table["tokens"] * s) for s in (0.25, 0.5, 1)]
    curves = pd.concat(parts).drop(columns="flops")
    found = read(tmp_path, csv(curves))
    assert len(found.curves) == 108 and len(found.runs) == 36
    np.testing.assert_allclose(np.sort(found.runs["tokens"]), np.sort(table["tokens"]))
    with pytest.raises(TableError, match="several N"):
        read(tmp_path, csv(curves.assign(run=1)))
    with pytest.raises(TableError, match="no run id"):
        reading.curves(write(tmp_path / "x.csv", csv(table)))


def test_a_pickle_is_only_bytes(tmp_path, table):
    """Nothing is unpickled, whatever a file is called."""
    for name in ("x.csv", "x.parquet", "x.jsonl", "x.pkl"):
        path = tmp_path / name
        pd.DataFrame({"a": [1]}).to_pickle(path)
        with pytest.raises(TableError):
            reading.read(path)
