"""Which names of the package are public, and what the source says of each constant.

A module's public names are its ``__all__``; without one, the functions, classes and constants
that it defines itself and whose names have no leading underscore.
"""

import ast
import dataclasses
import functools
import inspect
import re
import sys
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))  # where not installed

# In the order of the reference's pages.
MODULES = (
    *("laws", "published", "counting"),
    *("profiles", "surface", "forms", "envelope", "approaches", "uncertainty", "lines", "valleys"),
    *("reconcile", "planning", "catalogue", "design"),
    *("runs", "reading", "datasets", "simulate", "results", "report"),
    *("minirun", "minirun.shape", "minirun.recipe", "minirun.grids", "minirun.corpus"),
    *("minirun.sweep", "minirun.cluster", "minirun.table"),
    *("notebook", "plotting", "exercises", "claims"),
)

# Modules whose names another one hands on, as its own.
PARTS = {"isoflop.published": ("isoflop._published_models",)}


def load(module):
    """A module by its name, with or without the package's."""
    return import_module(module if module.startswith("isoflop") else f"isoflop.{module}")


@functools.cache
def public(module):
    """{name: (kind, object)} in the order of the source; kind: function, class, exception, data."""
    loaded = load(module)
    own = _own(loaded)
    if (names := getattr(loaded, "__all__", None)) is None:
        names = own
    else:  # in the order of the source too, and then what is handed on
        names = sorted(names, key=lambda name: own.index(name) if name in own else len(own))
    return {name: (_kind(getattr(loaded, name)), getattr(loaded, name)) for name in names}


def _own(loaded):
    found = []
    for part in (*PARTS.get(loaded.__name__, ()), loaded.__name__):
        for node in _tree(part).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.append(node.name)
            found += _targets(node)
    return [name for name in dict.fromkeys(found) if not name.startswith("_")]


def _kind(value):
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if inspect.isroutine(value) else "data"


def members(cls):
    """The public methods and properties of a class and of its bases in the package, in order."""
    kinds = (property, classmethod, staticmethod)
    ours = [base for base in cls.__mro__ if base.__module__.startswith("isoflop")]
    bases = [base for base in ours if not base.__name__.startswith("_")]
    found = [
        name
        for base in bases
        for name, value in vars(base).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, kinds))
    ]
    return list(dict.fromkeys(found))


@functools.cache
def _tree(module):
    return ast.parse(inspect.getsource(import_module(module)))


def _targets(node):
    """The names that a statement assigns."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    flat = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return [target.id for target in flat if isinstance(target, ast.Name)]


@functools.cache
def constant_docs(module):
    """{name: text} of the strings below a module's constants.

    Constants in adjacent lines share the string below the last of them, but for objects that say
    themselves what they are.
    """
    found = {}
    name, scope = load(module).__name__, vars(load(module))
    for part in (*PARTS.get(name, ()), name):
        group, last = [], -1
        for node in _tree(part).body:
            if targets := _targets(node):
                group = [n for n in group if node.lineno == last + 1 and not _speaks(scope.get(n))]
                group += targets
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found |= dict.fromkeys(group, inspect.cleandoc(str(node.value.value)))
                group = []
            last = node.end_lineno
    return found


@functools.cache
def homes():
    """{id of a class or function: where it is public}, the first module of ``MODULES`` first."""
    found = {}
    for module in MODULES:
        for name, (kind, value) in public(module).items():
            if kind != "data":
                found.setdefault(id(value), f"{load(module).__name__}.{name}")
    return found


@functools.cache
def constant_values(module):
    """{name: how the source writes its value}: 1e12, not 1000000000000.0, and no machine's path.

    Of an object that says itself what it is, what it says.
    """
    found = {}
    name, scope = load(module).__name__, vars(load(module))
    for part in (*PARTS.get(name, ()), name):
        text = inspect.getsource(import_module(part))
        for node in _tree(part).body:
            names, value = _targets(node), getattr(node, "value", None)
            several = isinstance(value, ast.Tuple) and len(names) == len(value.elts) > 1
            parts = value.elts if several else [value] * len(names)
            for own, written in zip(names, parts):
                speaks = own in scope and _speaks(scope[own])
                shown = repr(scope[own]) if speaks else ast.get_source_segment(text, written)
                found[own] = _one_line(shown)
    return found


def _one_line(text):
    """A value on one line, without the spaces and commas that lines ended with; 8.8e+13."""
    text = re.sub(r"(?<=[(\[{]) |,? (?=[)\]}])", "", " ".join(text.split()))
    return re.sub(r"\b\d{7,}\.0\b", lambda number: f"{float(number[0]):.12g}", text)


def _speaks(value):
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def home(value):
    """``isoflop.laws.Law`` for a class that the reference has, else None."""
    return homes().get(id(value))
