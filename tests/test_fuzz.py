"""Readers fed anything: an answer or a TableError, and from the command line never a traceback.

Longer: ``ISOFLOP_FUZZ=20000 pytest tests/test_fuzz.py`` tries so many examples of each;
``python tests/bench/fuzz.py 600`` goes on for ten minutes and counts the inputs.
"""

import json
import os
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from fit_tables import Document, isoflop, runs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoflop import reading
from isoflop._values import TableError

MANY = int(os.environ.get("ISOFLOP_FUZZ", 60))
FUZZ = settings(
    max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
ENDINGS = st.sampled_from(["csv", "tsv", "jsonl", "json", "parquet", "txt"])
NAMES = st.sampled_from(
    ["N", "params (M)", "tokens", "D", "flops", "C", "PF-days", "loss", "val_loss", "ppl", "bpb",
     "run", "budget", "state", "outlier", "experiment", "", "参数量（亿）"]
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(["", "nan", "inf", "-1", "0", "1e400", "1e-320", "70M", "1.3B", "1,000", "1,0",
                     '"', "'", "\t", "true", "٣", "−3", "1e9 tokens", "0x10", "\x00", "=1+1"]),
    st.floats().map(str), st.integers().map(str), st.text(max_size=6),
)  # fmt: skip
TABLES = st.builds(
    lambda names, rows, sep, end: end.join(sep.join(row) for row in [names, *rows]),
    st.lists(NAMES | st.text(max_size=8), min_size=1, max_size=6),
    st.lists(st.lists(CELLS, max_size=7), max_size=12),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
OBJECTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


@st.composite
def mutated(draw) -> bytes:
    """A good table with a few bytes changed, taken out or put in."""
    content = bytearray(runs().to_csv(index=False).encode())
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content) - 1))
        length = draw(st.integers(0, 20))
        content[at : at + length] = draw(st.binary(max_size=8))
    return bytes(content)


def reads(content: bytes, ending: str) -> reading.Reading | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ending}"
        path.write_bytes(content)
        try:
            return reading.read(path)
        except TableError as problem:
            assert str(problem)
            return None


@FUZZ
@given(st.binary(max_size=300), ENDINGS)
def test_bytes(content, ending):
    reads(content, ending)


@FUZZ
@given(TABLES, ENDINGS)
def test_tables(text, ending):
    reads(text.encode("utf-8", "surrogatepass"), ending)


@FUZZ
@given(st.lists(OBJECTS, max_size=6))
def test_json_lines(objects):
    reads("\n".join(map(json.dumps, objects)).encode(), "jsonl")
    reads(json.dumps(objects).encode(), "json")


@FUZZ
@given(mutated())
def test_a_good_table_damaged(content):
    found = reads(content, "csv")
    if found is not None:
        assert (found.runs[["params", "tokens", "flops", "loss"]] > 0).all(axis=None)


@settings(FUZZ, max_examples=max(20, MANY // 10))
@given(mutated() | TABLES.map(lambda text: text.encode("utf-8", "replace")))
def test_no_traceback_from_the_command_line(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(content)
        out = isoflop("fit", path, "--bootstraps", 5)
    assert out.exception is None or isinstance(out.exception, SystemExit), out.exception
    assert out.exit_code in (0, 1, 3, 4)


@settings(FUZZ, max_examples=max(5, MANY // 40))
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_names_of_any_kind_in_a_report(group, column):
    """Experiments and columns may be called anything: report, figures and JSON are still made."""
    table = pd.concat([runs().assign(by=group), runs(seed=1).assign(by="b")])
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "x.jsonl", Path(folder) / "o"
        renamed = table.rename(columns={"params": f"N {column}"})
        path.write_text("\n".join(json.dumps(r) for r in renamed.to_dict("records")))
        words = ("--columns", f"N=N {column}", "--by", "by", "--bootstraps", 5, "--out", out)
        made = isoflop("fit", path, *words)
        assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
        if out.exists():
            Document(out / "report.html").require_harmless()
            json.loads((out / "fit.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deep_json(depth):
    reads(b'{"a":' * depth + b"1" + b"}" * depth, "jsonl")
