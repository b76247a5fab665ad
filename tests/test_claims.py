"""The ledger of claims: every number and verdict, and that no constant changes unnoticed."""

import dataclasses
import json
import math
import re
import sys
from functools import cache

import pytest
from run_chapters import ROOT

from isoflop import claims, published, results

PATH = ROOT / "book" / "claims.yml"
LEDGER = claims.load(PATH)
BY_ID = {entry["id"]: entry for entry in LEDGER}
CONSTANTS = sorted({name for entry in LEDGER for name in entry["constants"]})
STORED = sorted({name for entry in LEDGER for name in entry.get("stored", [])})
FIELDS = {
    "id",
    "claim",
    "note",
    "verdict",
    "measure",
    "rule",
    "value",
    "decides",
    "chapter",
    "cell",
    "constants",
}
CJK = re.compile(r"[\u3400-\u9fff]")
FACTOR = 1.1


@pytest.mark.parametrize("name", BY_ID)
def test_row(name):
    """The number is computed again and is the ledger's; the verdict follows from it."""
    entry = BY_ID[name]
    row = claims.judge(entry)
    where = f"{name}, decided by {entry['cell']} of {entry['chapter']}"
    for number in row.off:
        print(number, "computed", float(row.numbers.get(number, math.nan)))
    assert row.off == [], f"{where}: numbers differ from book/claims.yml"
    assert row.verdict == entry["verdict"], f"{where}: x = {row.number:.6g} gives {row.verdict}"


def test_the_ledger_is_whole():
    assert list(BY_ID) == [f"C{k:02}" for k in range(1, 32)]
    assert len(re.findall(r"^- id: C\d\d$", PATH.read_text(encoding="utf-8"), re.M)) == len(LEDGER)
    for entry in LEDGER:
        assert entry.keys() >= FIELDS, entry["id"]
        assert ("careful" in entry) == (entry["verdict"] == "fails"), entry["id"]


def test_what_fails():
    failed = {entry["id"] for entry in LEDGER if claims.judge(entry).verdict == "fails"}
    assert failed == {"C07", "C17", "C18", "C20", "C25", "C28"}


@pytest.mark.parametrize(
    ("number", "expected"), [(1.45, "fails"), (2.0, "holds"), (1.85, "care"), (2.1, "holds")]
)
def test_the_rule(number, expected):
    assert claims.verdict(number, {"holds": [1.9, 2.1], "care": [1.8, 2.2]}) == expected


def test_a_verdict_follows_its_number(monkeypatch):
    """Were the exponent of the tokens 1, the claim that fails now would hold."""
    table = {k: row | {"b": dataclasses.replace(row["b"], value=1.0)} for k, row in TABLE_2.items()}
    replace_everywhere(monkeypatch, "HOFFMANN_TABLE_2", table)
    row = claims.judge(BY_ID["C07"])
    assert row.verdict == "holds" and not row.agrees


TABLE_2 = published.HOFFMANN_TABLE_2


@cache
def code_cells(chapter):
    path = ROOT / "notebooks" / f"{chapter}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"] for cell in cells if cell["cell_type"] == "code"}


@pytest.mark.parametrize("name", BY_ID)
def test_the_cell_is_there(name):
    entry = BY_ID[name]
    assert entry["cell"] in code_cells(entry["chapter"])


def test_citations_are_in_the_references():
    references = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{(\w+),", references, re.M))
    assert {e["citation"]["key"] for e in LEDGER if "citation" in e} <= keys
    for paper in (published.HESTNESS, published.ROSENFELD, published.KAPLAN, published.HOFFMANN):
        assert f"arXiv:{paper.arxiv}" in references and paper.title in references
        assert paper.date[2:7].replace("-", "") == paper.arxiv[:4]


@pytest.mark.parametrize("name", BY_ID)
def test_both_languages_say_the_same(name):
    """Same numbers from the computation, same plain numbers, each language in its own script."""
    entry = BY_ID[name]
    parts = [entry[part] for part in ("claim", "note", "measure", "decides")]
    parts += [entry[part] for part in ("careful",) if part in entry]
    for part in parts:
        zh, en = part["zh"], part["en"]
        fields = [sorted(re.findall(r"\{[^}]+\}", text)) for text in (zh, en)]
        assert fields[0] == fields[1], part
        assert CJK.search(zh) and not CJK.search(en), part
        assert not re.search(r"您|[\u3400-\u9fff][,;!?][\u3400-\u9fff]", zh), part
        assert " | " not in zh + en
    row = claims.judge(entry)
    for part in ("decides", "careful"):
        if part in entry:
            assert all("{" not in row.text(part, language) for language in ("zh", "en"))


# ---------- No constant changes unnoticed ----------


def changed(thing, keys):
    """The same thing with one number in it 10 % larger, or one date a year later."""
    if not keys:
        if isinstance(thing, str):
            return str(int(thing[:4]) + 1) + thing[4:]
        return round(thing * FACTOR) if isinstance(thing, int) else thing * FACTOR
    key, rest = keys[0], keys[1:]
    if isinstance(thing, dict):
        key = key if key in thing else int(key)
        return thing | {key: changed(thing[key], rest)}
    if isinstance(thing, tuple):
        key = int(key)
        return (*thing[:key], changed(thing[key], rest), *thing[key + 1 :])
    return dataclasses.replace(thing, **{key: changed(getattr(thing, key), rest)})


def replace_everywhere(monkeypatch, name, new):
    """In ``published`` and in every module that took the constant from there."""
    old = getattr(published, name)
    for path, module in list(sys.modules.items()):
        if path.startswith("isoflop") and getattr(module, name, None) is old:
            monkeypatch.setattr(module, name, new)


def noticed(entry):
    """Which test of this row fails now: "verdict", "value", or the error it raises; else None."""
    try:
        row = claims.judge(entry)
    except ValueError as error:
        return f"error: {error}"
    if row.verdict != entry["verdict"]:
        return "verdict"
    return f"value of {', '.join(row.off)}" if row.off else None


@pytest.mark.parametrize("constant", CONSTANTS)
def test_a_changed_constant_is_noticed(constant, monkeypatch):
    """By every claim that cites it."""
    name, *keys = constant.split("/")
    replace_everywhere(monkeypatch, name, changed(getattr(published, name), keys))
    found = {e["id"]: noticed(e) for e in LEDGER if constant in e["constants"]}
    print(f"{constant}: " + "; ".join(f"{claim}: {what}" for claim, what in found.items()))
    assert all(found.values()), found


@pytest.mark.parametrize("stored", STORED)
def test_a_changed_result_is_noticed(stored, monkeypatch):
    """The same for our own stored results."""
    store = results.load()
    about = dict(store[stored])
    about["value"] *= FACTOR
    about["interval"] = about["interval"] and [FACTOR * end for end in about["interval"]]
    monkeypatch.setattr(results, "load", lambda: store | {stored: about})
    found = {e["id"]: noticed(e) for e in LEDGER if stored in e.get("stored", [])}
    print(f"{stored}: " + "; ".join(f"{claim}: {what}" for claim, what in found.items()))
    assert all(found.values()), found


def leaves(thing, path):
    """Paths of all numbers in a constant."""
    if isinstance(thing, dict):
        items = thing.items()
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, published.Paper):
        items = [(field.name, getattr(thing, field.name)) for field in dataclasses.fields(thing)]
    elif isinstance(thing, tuple):
        items = enumerate(thing)
    else:
        number = isinstance(thing, int | float) and not math.isnan(thing)
        return [path] if number else []
    return [found for key, value in items for found in leaves(value, f"{path}/{key}")]


def test_a_claim_cites_all_it_rests_on(monkeypatch):
    """No claim's numbers change with a constant that it does not cite."""
    names = [name for name in vars(published) if name.isupper()]
    unused = {"year"}
    uncited = []
    for path in (p for name in names for p in leaves(getattr(published, name), name)):
        name, *keys = path.split("/")
        if keys[-1:] and keys[-1] in unused:
            continue
        with monkeypatch.context() as patch:
            replace_everywhere(patch, name, changed(getattr(published, name), keys))
            for entry in (e for e in LEDGER if path not in e["constants"]):
                what = noticed(entry)
                if what and not what.startswith("error"):  # such as heads that do not divide
                    uncited.append(f"{entry['id']} rests on {path}")
    assert uncited == []


def test_stored_results_are_cited(monkeypatch):
    """Nor with a stored result that it does not name."""

    class Seen(dict):
        def __getitem__(self, name):
            asked.add(name)
            return super().__getitem__(name)

    store = results.load()
    for entry in LEDGER:
        asked = set()
        with monkeypatch.context() as patch:
            patch.setattr(results, "load", lambda: Seen(store))
            claims.judge(entry)
        assert asked == set(entry.get("stored", [])), entry["id"]


# ---------- The table ----------


def test_the_table():
    rows = [claims.judge(entry) for entry in LEDGER]
    text = claims.table(rows).data
    assert text.count("<tr id=") == len(rows)
    for row in rows:
        assert f'<tr id="{row.id.lower()}" data-verdict="{row.verdict}">' in text
        assert f'href="{row.entry["chapter"]}.ipynb#{row.entry["cell"]}"' in text
    failed = [row for row in rows if row.verdict == "fails"]
    assert claims.careful(failed).data.count("<strong>C") == 2 * len(failed)
    assert "C_min" not in text and "C<sub>min</sub>和C分开" in text


def test_margin():
    row = claims.judge(BY_ID["C13"])
    assert claims.margin(row) == pytest.approx(5 / row.number)
    assert claims.margin(claims.judge(BY_ID["C01"])) == math.inf


def test_find(tmp_path):
    assert claims.find(ROOT / "notebooks") == PATH
    with pytest.raises(FileNotFoundError, match="claims.yml"):
        claims.find(tmp_path)
