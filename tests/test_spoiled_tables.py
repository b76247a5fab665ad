"""Spoiled tables from the command line: each fault is named on one line, or mended and said so.

What the readers make of each is in ``test_reading.py``; here is what somebody sees.
"""

import gzip

import pytest
from fault_tools import FEW, one_line
from fit_tables import isoflop, runs, write

HEAD = "params,tokens,flops,loss\n"


def text() -> str:
    return runs().to_csv(index=False)


def row(**cells) -> str:
    frame = runs().astype(object)
    for name, value in cells.items():
        frame.loc[4, name] = value
    return frame.to_csv(index=False)


REFUSED = {
    "no losses": (runs().assign(loss=None).to_csv(index=False), "no row has a loss"),
    "half written": (text()[:-30], "is cut off: "),
    "no such column": (text().replace("loss", "apple", 1), "--columns loss=COLUMN"),
    "mixed units": (row(params=70.0), "row 5: mixed units"),
    "wrong thousands": (row(tokens="1,30,000"), "column 'tokens', row 5"),
    "decimal comma": (row(loss="2,5"), "column 'loss', row 5"),
    "a size that is none": (row(params="nan"), "column 'params', row 5"),
    "only a header": (HEAD, "no rows"),
    "empty": ("", "the file is empty"),
    "zeros of a lost write": (text()[:200].encode() + bytes(500), "half written"),
    "compressed": (gzip.compress(text().encode()), "no text table"),
    "a workbook": (b"PK\x03\x04" + bytes(50), "such as an Excel workbook; save it as CSV"),
    "two columns of one name": (text().replace("tokens", "loss", 1), "two columns are called"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refused_by_fit(tmp_path, fault):
    content, message = REFUSED[fault]
    said = isoflop("fit", write(tmp_path / "runs.csv", content), *FEW)
    assert said.exit_code == 1 and said.stdout == "", said.output
    assert message in one_line(said.stderr) and "runs.csv" in said.stderr


SAID = {
    "diverged runs": (row(loss="nan"), "1 row without a loss"),
    "infinite losses": (row(loss="inf"), "1 row whose loss is infinite (diverged)"),
    "rows twice": (text() + text().splitlines()[5] + "\n", "1 row that repeats an earlier row"),
    "cut in the last number": (text()[:-3], "its last value may be cut short"),
    "another encoding": (text().replace("params", "参数量").encode("gb18030"), "read as GB18030"),
    "flops that are not 6ND": (
        runs().assign(flops=runs()["flops"] * 3).to_csv(index=False),
        "factor 2 in 100% of rows",
    ),
}


@pytest.mark.parametrize("fault", SAID)
def test_used_and_said_by_fit(tmp_path, fault):
    content, message = SAID[fault]
    said = isoflop("fit", write(tmp_path / "runs.csv", content), *FEW)
    assert said.exit_code == (3 if "6ND" in fault else 0), said.output
    assert message in said.stdout


THE_SAME = {
    "byte-order mark": "\ufeff" + text(),
    "line ends of Windows": text().replace("\n", "\r\n"),
    "thousands": runs().assign(params=[f"{n:,.4f}" for n in runs()["params"]]).to_csv(index=False),
    "semicolons": text().replace(",", ";"),
}


@pytest.mark.parametrize("dress", THE_SAME)
def test_read_as_if_nothing_were(tmp_path, dress):
    plain = isoflop("fit", write(tmp_path / "runs.csv", text()), *FEW).stdout
    dressed = isoflop("fit", write(tmp_path / "runs.csv", THE_SAME[dress]), *FEW)
    assert dressed.exit_code == 0, dressed.output
    if dress == "thousands":  # said, and rounded to four decimals
        plain = [line for line in plain.splitlines() if "columns" not in line]
        assert [line for line in dressed.stdout.splitlines() if "columns" not in line] == plain
    else:
        assert dressed.stdout == plain


DESIGN = ("--target", 1e22, "--spend", 1e20, "--worlds", 2, "--budgets", 1, "--sizes", 3)
REFUSED_BY_DESIGN = REFUSED | {
    "a size of zero": (row(params=0.0), "column 'params', row 5: 0 is not a finite positive"),
    "too many cells": (text() + "1,2,3,4,5\n", "Expected 4 fields"),
}


@pytest.mark.parametrize("fault", REFUSED_BY_DESIGN)
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zip"])
def test_refused_by_design(tmp_path, fault, ending):
    content, message = REFUSED_BY_DESIGN[fault]
    said = isoflop("design", write(tmp_path / f"runs.{ending}", content), *DESIGN)
    assert said.exit_code == 1 and said.stdout == "", said.output
    assert message in one_line(said.stderr) and f"runs.{ending}" in said.stderr
