"""Nothing in the code runs what it reads, and nothing of a table runs in what is made of it."""

import ast
import base64
import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from fault_tools import FEW, ended, one_line
from fit_tables import Document, isoflop, runs, write

ROOT = Path(__file__).parents[1]

FORBIDDEN = {
    "runs a shell": r"os\.(system|popen)|subprocess\.(getoutput|getstatusoutput)",
    "runs text as code": r"eval|exec|__import__|builtins\.(eval|exec|__import__)|\?\.eval",
    "unpickles": r"_?c?[pP]ickle\.(load|loads|Unpickler|_Unpickler)|(cloudpickle|dill)\.loads?"
    r"|shelve\.open|marshal\.loads?|pandas\.read_pickle|torch\.load|joblib\.load"
    r"|jsonpickle\.decode",
    "makes any object": r"yaml\.(load_all|full_load|full_load_all|unsafe_load|unsafe_load_all)",
    "unpacks an archive": r"tarfile\.(open|TarFile)|zipfile\.ZipFile|shutil\.unpack_archive"
    r"|\?\.extractall",
    "asks the network": r"urllib\.request\.\w+|http\.client\.\w+|socket\.\w+|pooch\.\w+|ftplib\.\w+"
    r"|(requests|httpx|aiohttp|urllib3)\.\w+",
}
"""What a name may not be, whole; ``?`` stands for a value of which the code does not say what."""

ALLOWED = {
    ("src/isoflop/_unpickle.py", "pickle.Unpickler"): "refuses every name off an exact list",
    ("src/isoflop/_fetch.py", "pooch.HTTPDownloader"): "one download: pinned address and checksum",
    ("book/_ext/typeset.py", "?.eval"): "MathJax in a JavaScript engine of its own: our formulas",
}
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader"}


class Names(ast.NodeVisitor):
    """Every name a module uses, as it is called where it comes from; and what calls are told."""

    def __init__(self, source: str):
        self.known, self.found = {}, []
        self.visit(ast.parse(source))

    def visit_Import(self, node):
        for name in node.names:
            first = name.name.partition(".")[0]
            self.known[name.asname or first] = name.name if name.asname else first

    def visit_ImportFrom(self, node):
        for name in node.names:
            whole = f"{node.module}.{name.name}" if not node.level else f"isoflop.{name.name}"
            self.known[name.asname or name.name] = whole
            self.found.append((node.lineno, whole))

    def visit_Name(self, node):
        self.found.append((node.lineno, self.known.get(node.id, node.id)))

    def visit_Attribute(self, node):
        name = self.dotted(node)
        self.found.append((node.lineno, name))
        self.found.append((node.lineno, f"?.{node.attr}"))
        self.generic_visit(node)

    def dotted(self, node) -> str:
        if isinstance(node, ast.Name):
            return self.known.get(node.id, "?")
        return f"{self.dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"

    def visit_Call(self, node):
        told = {word.arg: word.value for word in node.keywords}
        for word in ("shell", "allow_pickle"):
            if word in told and getattr(told[word], "value", None) is not False:
                self.found.append((node.lineno, f"{word}=True"))
        if self.dotted(node.func) == "yaml.load":
            loader = told.get("Loader") or (node.args[1] if len(node.args) > 1 else None)
            if loader is None or self.dotted(loader) not in SAFE_LOADERS:
                self.found.append((node.lineno, "yaml.load without a safe loader"))
        self.generic_visit(node)


def faults(source: str, file: str = "") -> list[tuple[int, str, str]]:
    """(line, name, why not) of what the code may not use, save what this file may."""
    patterns = FORBIDDEN | {
        "as said": r"shell=True|allow_pickle=True|yaml\.load without a safe loader|pickle\.\*"
    }
    return sorted(
        {
            (line, name, why)
            for line, name in Names(source).found
            for why, pattern in patterns.items()
            if re.fullmatch(pattern, name) and (file, name) not in ALLOWED
        }
    )


def sources() -> list[Path]:
    return sorted(p for top in ("src", "book/_ext") for p in (ROOT / top).rglob("*.py"))


def test_no_code_runs_what_it_reads():
    assert len(sources()) > 100
    found = [
        f"{file}:{line}: {name} {why}"
        for path in sources()
        for file in [path.relative_to(ROOT).as_posix()]
        for line, name, why in faults(path.read_text(encoding="utf-8"), file)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("file", "name"), ALLOWED)
def test_what_is_allowed_is_still_used(file, name):
    """An allowance that nothing needs any more is to be taken back."""
    assert name in {found for _, found in Names((ROOT / file).read_text(encoding="utf-8")).found}


PLANTED = [
    "import subprocess\nsubprocess.run('ls', shell=True)",
    "import subprocess\nloud = True\nsubprocess.Popen('ls', shell=loud)",
    "from subprocess import check_output as run\nrun('ls', shell=1)",
    "import subprocess\nsubprocess.getoutput('ls')",
    "import os\nos.system('ls')",
    "from os import system as go\ngo('ls')",
    "import os as o\nrunner = o.popen",
    "eval('1')",
    "exec('x = 1')",
    "import builtins\nbuiltins.eval('1')",
    "__import__('os')",
    "frame.eval('a + b')",
    "import pickle\npickle.load(file)",
    "import pickle as p\np.loads(content)",
    "from pickle import loads\nloads(content)",
    "from pickle import *",
    "import pickle\nclass Mine(pickle.Unpickler): pass",
    "import pandas as pd\npd.read_pickle('x')",
    "import torch\ntorch.load('x')",
    "def later():\n    import torch as t\n    return t.load('x', weights_only=True)",
    "import joblib\njoblib.load('x')",
    "import yaml\nyaml.load(text)",
    "import yaml\nyaml.load(text, Loader=yaml.Loader)",
    "import yaml\nyaml.load(text, yaml.UnsafeLoader)",
    "import yaml\nyaml.unsafe_load(text)",
    "import numpy as np\nnp.load('x', allow_pickle=True)",
    "import numpy as np\nnp.load('x', allow_pickle=trust)",
    "import tarfile\ntarfile.open('x').extractall()",
    "import zipfile\nwith zipfile.ZipFile('x') as z:\n    z.extractall()",
    "archive.extractall()",
    "import urllib.request\nurllib.request.urlopen('https://x')",
    "from urllib.request import urlopen\nurlopen('https://x')",
    "from urllib import request\nrequest.urlretrieve('https://x', 'x')",
    "import requests\nrequests.get('https://x')",
    "import pooch\npooch.retrieve('https://x', None)",
    "import socket\nsocket.create_connection(('x', 80))",
]
HARMLESS = [
    "import subprocess\nsubprocess.run(['ls'], shell=False)",
    "import re\nre.compile('x')",
    "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)\nyaml.safe_load(text)",
    "import numpy as np\nnp.load('x')\nnp.load('x', allow_pickle=False)",
    "import json, joblib\njson.loads(text)\njoblib.Parallel(2)",
    "from urllib.parse import urlsplit\nurlsplit('https://x')",
]


@pytest.mark.parametrize("code", PLANTED)
def test_each_planted_fault_is_found(code):
    assert faults(code)


@pytest.mark.parametrize("code", HARMLESS)
def test_what_is_harmless_is_let_be(code):
    assert not faults(code)


# What a table, a file or an experiment may be called

SCRIPT = "<script>alert('x')</script>"
BREAKS_OUT = '"><img src=x onerror=alert(1)>'
AMPERSAND = "&lt;b&gt; &amp; <!-- ]]>"
TURNED = "\u202egnorts\u202c \u2066x\u2069 \u200f"
CONTROL = "\x1b[31mred\x1b]0;title\x07\x00\x85\x9b"
NAMES = {"script": SCRIPT, "attribute": BREAKS_OUT, "entities": AMPERSAND, "turned": TURNED}
NAMES["control"] = CONTROL
UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def report(tmp_path, name: str, *words):
    """A report on a table in which every name and every text is ``name``, and the table's twin."""
    file = name.replace("/", "").replace("\x00", "")
    table = pd.concat([runs().assign(group=name), runs(seed=1).assign(group="b")])
    table = table.rename(columns={"params": f"N {name}"})
    table["outlier"] = [name] * 35 + ["yes"] * 37  # quoted in a warning
    table["keep"] = [f"k {name}"] * 71 + [f"not {name}"]
    lines = "\n".join(json.dumps(row) for row in table.to_dict("records"))
    path = write(tmp_path / f"{file}.jsonl", lines)
    named = ("--columns", f"N=N {name}", "--only", f"keep=k {name}")
    said = isoflop("fit", path, *FEW, "--out", tmp_path / "o", *named, *words)
    assert said.exit_code in (0, 3), (said.output, said.exception)
    return said, tmp_path / "o"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("by", [(), ("--by", "group")], ids=["one", "by"])
@pytest.mark.parametrize("kind", NAMES)
def test_names_are_text_in_the_report(tmp_path, kind, by, lang):
    """Column, file and experiment names, cells in warnings and in what was left out: only text."""
    name = NAMES[kind]
    said, out = report(tmp_path, name, "--lang", lang, *by)
    document = Document(out / "report.html")
    document.require_harmless()
    assert "<script" not in document.text and "<img src=x" not in document.text
    assert not UNSEEN.search(document.text) and not UNSEEN.search(said.stdout)
    places = {"<h1>": 1, ">N ": 1, "--only 'outlier=": 1, "<h2>": 1 if by else 0}
    for before, least in places.items():
        assert document.text.replace("&#x27;", "'").count(before) >= least, before
    if kind == "script":
        assert document.text.count("&lt;script&gt;") >= 5
    if kind == "turned":
        assert document.text.count("\\u202e") >= 5 and said.stdout.count("\\u202e") >= 4
    if kind == "control":
        assert document.text.count("\\x1b[31m") >= 5 and "\\x1b]0;title\\x07" in said.stdout
    made = json.loads((out / "fit.json").read_text(encoding="utf-8"))
    assert any(name in c["source"] for c in made["columns"]), "JSON keeps the name as it is"


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("kind", NAMES)
def test_pictures_hold_nothing_of_the_table(tmp_path, kind):
    """Parsed as XML: no script, no handler, no address outside, and no text of the table's."""
    _, out = report(tmp_path, NAMES[kind], "--by", "group")
    embedded = re.findall(r"base64,([^\"]*)", (out / "report.html").read_text(encoding="utf-8"))
    pictures = [p.read_text(encoding="utf-8") for p in out.glob("*.svg")]
    pictures += [base64.b64decode(text).decode() for text in embedded]
    assert len(pictures) == 16
    for picture in pictures:
        assert NAMES[kind] not in picture and not UNSEEN.search(picture)
        assert "alert" not in picture and "gnorts" not in picture and "red" not in picture
        for node in ElementTree.fromstring(picture).iter():
            assert node.tag.removeprefix(SVG) not in ("script", "foreignObject", "a")
            for key, value in node.attrib.items():
                assert not key.lower().startswith("on")
                if key.endswith("href"):
                    assert value.startswith(("#", "data:image/png;base64,"))  # a colour bar


def test_a_name_that_is_no_text(tmp_path):
    """A file name of bytes that are no UTF-8, as other systems write them: said, no traceback."""
    path = write(tmp_path / "run\udcff.csv", runs().to_csv(index=False))
    code, out, err = ended("fit", path, *FEW, "--out", tmp_path / "o", "--json", tmp_path / "j")
    assert code == 0, err
    assert "run\\udcff.csv" in out
    assert "run\\udcff.csv" in (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    for place in (tmp_path / "o" / "fit.json", tmp_path / "j"):
        assert json.loads(place.read_text(encoding="utf-8"))["file"] == "run\udcff.csv"
    assert "run\\udcff.csv" in one_line(ended("fit", f"{path}.gone")[2])


@pytest.mark.parametrize(
    "name", ["$(touch pwned)", "`touch pwned`", "x; touch pwned", "x|touch pwned", "-rf", "a\nb"]
)
def test_paths_are_no_commands(tmp_path, monkeypatch, name):
    """Whatever a file or a folder is called, it is a file or a folder."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / f"{name}.csv", runs().to_csv(index=False))
    said = isoflop("fit", *FEW, "--out", f"{name}.d", "--", f"{name}.csv")
    assert said.exit_code == 0, said.output
    assert (tmp_path / f"{name}.d" / "fit.json").is_file()
    assert sorted(os.listdir()) == sorted([f"{name}.csv", f"{name}.d"])
    assert len(one_line(isoflop("fit", f"./{name}.gone").stderr)) > 20


def test_advice_can_be_pasted(tmp_path):
    """Flags that are recommended quote what a stranger's table has in it."""
    evil = "$(touch pwned)"
    frame = runs().assign(outlier=[evil] * 30 + ["yes"] * 6)
    said = isoflop("fit", write(tmp_path / "a.csv", frame.to_csv(index=False)), *FEW)
    assert f"--only 'outlier={evil}'" in said.stdout
    for column, flag in ((f"set {evil}", f"--by 'set {evil}'"), ("group", "--by group")):
        frame = pd.concat([runs().assign(**{column: evil}), runs(seed=1).assign(**{column: "b"})])
        said = isoflop("fit", write(tmp_path / "b.csv", frame.to_csv(index=False)), *FEW)
        assert flag in said.stdout
