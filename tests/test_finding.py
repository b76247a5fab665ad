"""How the book is found, without a browser: addresses, sitemap, citation, dates, workflows."""

import re
import subprocess
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import finding
import foot
import page_dates
import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
BASE = "https://name.example/book/"
PAGE = """<html data-content_root="./"><head><title data-zh="甲 — 书" data-en="A — B">t</title>
<meta name="description" content="一 | one"/><link rel="canonical" href="x"/></head>
<body><a href="book/index.html">1</a><a href="#here">2</a><a href="https://else.example/">3</a>
<img src="_static/a.png"/><form action="search.html"></form></body></html>"""


@pytest.fixture
def soup():
    return BeautifulSoup(PAGE, "html.parser")


def properties(soup):
    return {tag["property"]: tag["content"] for tag in soup.select("meta[property]")}


def test_address_has_one_slash_at_its_end():
    assert finding.base_address(" https://name.example/book ") == BASE
    assert finding.base_address(None) == finding.base_address("") == ""
    for wrong in ("name.example/book", "https://", "https://name.example/?q=1", "/book/"):
        with pytest.raises(ConfigError, match="baseurl"):
            finding.base_address(wrong)


def test_head_with_an_address(soup):
    finding.add_head(soup, BASE, "notebooks/x.html")
    shown = properties(soup)
    assert shown["og:url"] == BASE + "notebooks/x.html"
    assert shown["og:image"] == BASE + "_static/social-card.png"
    assert shown["og:title"] == "甲 | A" and shown["og:description"] == "一 | one"
    links = {tag["hreflang"]: tag["href"] for tag in soup.select("link[rel=alternate]")}
    assert links == {
        "zh-CN": BASE + "notebooks/x.html?lang=zh",
        "en": BASE + "notebooks/x.html?lang=en",
        "x-default": BASE + "notebooks/x.html",
    }


def test_head_without_an_address(soup):
    finding.add_head(soup, "", "x.html")
    assert not {"og:url", "og:image"} & set(properties(soup))
    assert properties(soup)["og:title"] == "甲 | A"
    assert soup.select("link[rel=alternate]") == []


def test_addresses_that_hold_at_any_depth(soup):
    finding.from_root(soup, "/book/")
    assert [a["href"] for a in soup.select("a")] == [
        "/book/book/index.html",
        "#here",
        "https://else.example/",
    ]
    assert soup.img["src"] == "/book/_static/a.png" and soup.form["action"] == "/book/search.html"
    assert soup.html["data-content_root"] == "/book/"


def test_sitemap():
    tree = ElementTree.fromstring(finding.sitemap(BASE, {"a": date(2026, 11, 24), "b": None}))
    spaces = {"s": finding.SITEMAP, "x": finding.XHTML}
    assert [e.text for e in tree.findall("s:url/s:loc", spaces)] == [
        BASE + "a.html",
        BASE + "b.html",
    ]
    assert [e.text for e in tree.findall("s:url/s:lastmod", spaces)] == ["2026-11-24"]
    assert len(tree.findall("s:url/x:link", spaces)) == 6


def test_citation_is_one():
    """What the foot shows comes from CITATION.cff, and the readme says the same."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    entry = foot.bibtex(citation)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"```bibtex\n(.*?)```", readme, re.S)[1] == entry
    assert f"version = {{{citation['version']}}}" in entry
    assert f"url = {{{BASE}}}" in foot.bibtex(citation, BASE)


def git(folder, *arguments, day="2026-01-02"):
    when = {"GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z"}
    who = ["-c", "user.name=a", "-c", "user.email=a@a.example"]
    command = ["git", "-C", str(folder), *who, *arguments]
    subprocess.run(command, check=True, env={"PATH": "/usr/bin:/bin", **when}, capture_output=True)


def test_last_changed(tmp_path, monkeypatch):
    git(tmp_path, "init", "-q")
    for name, day in (("a.md", "2026-01-02"), ("b.md", "2026-03-04"), ("a.md", "2026-05-06")):
        (tmp_path / name).write_text(day)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", "x", day=day)
    assert page_dates.history(tmp_path) == {"a.md": date(2026, 5, 6), "b.md": date(2026, 3, 4)}
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}", str(tmp_path / "shallow"))
    assert page_dates.history(tmp_path / "shallow") == {}
    assert page_dates.history(tmp_path.parent) == {}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764028800")
    assert page_dates.fallback() == date(2025, 11, 25)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert page_dates.fallback() is None
    assert "2026年5月6日" in foot.changed(date(2026, 5, 6))["zh"]
    assert "6 May 2026" in foot.changed(date(2026, 5, 6))["en"]


@pytest.mark.parametrize("name", ["pages", "links"])
def test_workflows(name):
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    starts = flow[True]  # YAML 1.1 reads `on` as a truth value
    steps = [step for job in flow["jobs"].values() for step in job["steps"]]
    made = [step["run"] for step in steps if step.get("run", "").startswith("make ")]
    assert made == [{"pages": "make book", "links": "make links"}[name]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{made[0].split()[1]}: ", makefile, re.M)
    assert all("@" in step["uses"] for step in steps if "uses" in step)
    if name == "links":
        assert starts["schedule"][0]["cron"].split()[2:] == ["*", "*", "1"]
    else:
        assert flow["permissions"]["pages"] == "write"
        assert steps[0]["with"]["fetch-depth"] == 0  # or pages could not say when they changed
