"""What the site's tests share: its pages by name, and waiting until one has settled."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def docnames():
    """Every page of the table of contents, and the search page."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    files = [[c["file"], *(s["file"] for s in c.get("sections", ()))] for c in chapters]
    return [toc["root"], *(name for group in files for name in group), "search"]


def served():
    """Every page that the site's server shows, the one for missing pages too."""
    return [*docnames(), "404"]


def settle(page):
    """Wait until the page and its scripts have had their turn."""
    page.wait_for_load_state("load")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
