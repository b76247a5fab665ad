"""The repository's public address: one line of ``_config.yml``, empty until there is one.

Empty: no launch, source, edit or issue button on any page, so none can lead nowhere. Set: they
appear. ``python book/_ext/repository.py sync`` writes the same address into the `setup-colab`
cell of every chapter, and ``… check`` says which chapters differ.
"""

import json
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CELL_ID = "setup-colab"
CELL = """\
# On Colab this installs the book's package; elsewhere it does nothing.
import importlib.util
import sys

REPOSITORY = "{address}"
if "google.colab" in sys.modules and importlib.util.find_spec("isoflop") is None:
    %pip install -q "isoflop[book] @ git+{{REPOSITORY}}\""""
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}
BUTTONS = (
    "use_repository_button",
    "use_source_button",
    "use_edit_page_button",
    "use_issues_button",
)


def configure(app, config):
    """Turn the theme's buttons on where they have somewhere to lead."""
    options = config.html_theme_options
    address = (options.get("repository_url") or "").rstrip("/")
    options["repository_url"] = address
    options["launch_buttons"] = dict(LAUNCH) if address else {}
    for button in BUTTONS:
        options[button] = bool(address)


def address(root=ROOT):
    """The address that ``_config.yml`` names, without a trailing slash."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return ((config.get("repository") or {}).get("url") or "").rstrip("/")


def out_of_step(root=ROOT):
    """Chapters whose `setup-colab` cell is missing or carries another text, with the remedy."""
    wanted = CELL.format(address=address(root))
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cell = next((c for c in notebook["cells"] if c.get("id") == CELL_ID), None)
        if cell is None or "".join(cell["source"]) != wanted:
            yield path, notebook, cell


def sync(root=ROOT):
    """Rewrite the cell wherever it is out of step; return the number of files written."""
    lines = CELL.format(address=address(root)).splitlines(keepends=True)
    count = 0
    for path, notebook, cell in out_of_step(root):
        if cell is None:
            print(f"{path.name}: no cell with id {CELL_ID}; left as it is")
            continue
        cell["source"] = lines
        text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
        path.write_text(text, encoding="utf-8")
        count += 1
        print(f"{path.name}: {CELL_ID} brought into step")
    return count


def setup(app):
    # Before the theme reads its options, which it does once the builder exists.
    app.connect("config-inited", configure, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def main(arguments):
    if arguments == ["sync"]:
        sync()
        return 0
    if arguments == ["check"]:
        wrong = [path.name for path, _, _ in out_of_step()]
        for name in wrong:
            print(f"{name}: run `python book/_ext/repository.py sync`")
        return 1 if wrong else 0
    print("usage: python book/_ext/repository.py sync | check")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
