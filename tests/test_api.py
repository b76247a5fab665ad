"""The package's reference: no public name forgotten, each said in full, examples that run."""

import ast
import builtins
import doctest
import inspect
import os
import re
import shutil
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import api_names
import cli_reference
import pytest
import yaml
from bs4 import BeautifulSoup

import isoflop

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["book/api", *(f"book/api/{p.stem}" for p in sorted((ROOT / "book/api").glob("*.md")))]
EXAMPLES = 15  # at the least, in all
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "src").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def documented(module):
    """(name, object) of a module's public functions and classes, and of their members."""
    for name, (kind, value) in api_names.public(module).items():
        if kind == "data":
            continue
        yield name, value
        for member in api_names.members(value) if kind == "class" else ():
            yield f"{name}.{member}", inspect.getattr_static(value, member)


EVERY = [
    pytest.param(module, value, id=f"{module}.{name}")
    for module in api_names.MODULES
    for name, value in documented(module)
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The reference's pages alone, built with the book's configuration, parsed."""
    root = tmp_path_factory.mktemp("book")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [c for part in toc["parts"] for c in part["chapters"] if c["file"] == "book/api"]
    toc["parts"] = [{"caption": "附录 | Appendix", "chapters": chapters}]
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    shutil.copytree(ROOT / "book", root / "book")
    (root / "book" / "index.md").write_text("# 书 | Book\n", encoding="utf-8")
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, root)
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", ".", "-n", "--keep-going"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    # The chapters that the pages refer to are not part of this small book.
    lost = r"undefined label|unknown document|Unknown source document"
    warnings = [line for line in run.stderr.splitlines() if "WARNING" in line]
    assert [line for line in warnings if not re.search(lost, line)] == []
    html = {page: (root / f"_build/html/{page}.html").read_text("utf-8") for page in PAGES}
    return {page: BeautifulSoup(text, "html.parser") for page, text in html.items()}


# ---------- Nothing is forgotten ----------


def test_every_module_is_there():
    submodules = {name for name in isoflop.__all__ if not name.startswith("_")}
    assert submodules <= set(api_names.MODULES)


def test_every_name_is_on_a_page(built):
    there = {tag["id"] for page in built.values() for tag in page.select("dt.sig[id]")}
    wanted = {
        f"{api_names.load(module).__name__}.{name}"
        for module in api_names.MODULES
        for name in api_names.public(module)
    }
    wanted |= {f"isoflop.{m}.{name}" for m in api_names.MODULES for name, _ in documented(m)}
    assert wanted - there == set()
    assert len(wanted) > 300


def test_every_command_is_on_its_page(built):
    page = built["book/api/cli"]
    text = "".join(page.select_one("article").get_text().split())
    for name, command in cli_reference.commands().items():
        assert cli_reference.usage(name, command).replace(" ", "") in text, name
        for parameter in command.params:
            written, said = cli_reference.option(parameter, command)
            assert f"{written}{said}".replace(" ", "") in text, f"{name}: {written}"


def test_reference_is_english_and_always_shown(built):
    for page in PAGES[1:]:
        blocks = built[page].select(".api-reference")
        assert blocks, page
        for block in blocks:
            assert block["lang"] == "en"
            assert block.find_parent(class_=["lang-zh", "lang-en"]) is None


def test_names_of_the_package_are_links(built):
    """A class in a signature leads to its entry; of two of one name, to the right one."""
    link = built["book/api/minirun"].select_one(r"#isoflop\.minirun\.recipe\.Run a.reference")
    assert link["href"] == "#isoflop.minirun.shape.Shape"
    page = built["book/api/planning"]
    found = page.select_one(r"#isoflop\.planning\.plan").find_all("a", class_="reference")
    assert [a["href"] for a in found] == [
        "laws.html#isoflop.laws.Law",
        "laws.html#isoflop.laws.Allocation",
    ]
    assert not any(soup.find(string=re.compile(r"isoflop\._")) for soup in built.values())


def test_values_are_as_the_source_writes_them(built):
    page = built["book/api/laws"]
    shown = page.select_one(r"#isoflop\.published\.KAPLAN_CROSSING").get_text()
    assert '{"C": 1e4, "N": 1e12, "D": 1e12, "L": 1.7}' in shown
    shown = page.select_one(r"#isoflop\.published\.KAPLAN_2020").get_text()
    assert "N_c=8.8e+13" in shown


# ---------- What is there is said in full ----------


@pytest.mark.parametrize("module", api_names.MODULES)
def test_constants_say_what_they_are(module):
    docs = api_names.constant_docs(module)
    for name, (kind, value) in api_names.public(module).items():
        if kind == "data":
            assert docs.get(name) or inspect.getdoc(type(value)), f"{module}.{name}"
            plain = isinstance(value, int | float | str | tuple | list | dict)
            assert docs.get(name) or not plain, f"{module}.{name}"


def own_doc(value):
    """A docstring of its own: not one inherited, not the one a dataclass makes up."""
    doc = value.__doc__ or ""
    made_up = inspect.isclass(value) and doc.startswith(f"{value.__name__}(")
    return "" if made_up else inspect.cleandoc(doc)


def signature(value):
    value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return inspect.signature(value)


@pytest.mark.parametrize(("module", "value"), EVERY)
def test_docstring(module, value):
    doc = own_doc(value)
    assert doc
    if inspect.isclass(value) and issubclass(value, BaseException):
        return
    for name, parameter in signature(value).parameters.items():
        if name in ("self", "args", "kwargs"):
            continue
        typed = parameter.annotation is not inspect.Parameter.empty
        fields = getattr(value, "_fields", ()) if inspect.isclass(value) else ()
        mentioned = re.search(rf"\b{re.escape(name)}\b", doc)
        assert typed or mentioned or name in fields, f"{name} is neither typed nor explained"


def raised(doc):
    """Names of the errors that a docstring says are raised, in its section and in its prose."""
    section = re.search(r"^Raises\n-+\n((?:\S.*\n?|[ \n].*\n?)*)", doc, re.M)
    names = re.findall(r"^(\w+)$", section[1], re.M) if section else []
    return names + re.findall(r"\b([A-Z]\w*(?:Error|Exception|Result|Unavailable))\b", doc)


@pytest.mark.parametrize(("module", "value"), EVERY)
def test_errors_named_exist(module, value):
    scope = vars(api_names.load(module))
    package = {name: v for m in api_names.MODULES for name, (_, v) in api_names.public(m).items()}
    for name in raised(own_doc(value)):
        error = scope.get(name) or getattr(builtins, name, None) or package.get(name)
        assert inspect.isclass(error) and issubclass(error, BaseException), name


@pytest.mark.parametrize(("module", "value"), EVERY)
def test_errors_raised_are_named(module, value):
    """What a public function itself raises, its docstring says."""
    value = value.fget if isinstance(value, property) else value
    if not inspect.isfunction(value) or "raise" not in (source := inspect.getsource(value)):
        return
    tree = ast.parse(textwrap.dedent(source))
    made = [n.exc for n in ast.walk(tree) if isinstance(n, ast.Raise)]
    for error in {ast.unparse(e.func) for e in made if isinstance(e, ast.Call)}:
        assert error in own_doc(value), f"raises {error} and does not say so"


# ---------- The examples ----------


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples(module):
    finder, runner = doctest.DocTestFinder(exclude_empty=True), doctest.DocTestRunner()
    for test in finder.find(import_module(module), module):
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries > 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    tests = [t for m in WITH_EXAMPLES for t in finder.find(import_module(m), m) if t.examples]
    assert len(tests) >= EXAMPLES
