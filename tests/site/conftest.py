"""The built site, served on this machine, and one browser for all of its tests."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import filelock
import pytest
from site_pages import ROOT, settle

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = (
    "no Chromium or Chrome found, so the site's pages are not tested in a browser; "
    "get one with `apt-get install chromium`, or install any Chrome, and run again"
)
# Notes, per document, what the page looked like when it was first parsed and first drawn.
WATCH = """
window.seen = {};
new MutationObserver((_, observer) => {
  if (!document.body) return;
  observer.disconnect();
  seen.atBody = document.documentElement.dataset.lang + " " + document.documentElement.lang;
}).observe(document, {childList: true, subtree: true});
window.headings = () => [...document.querySelectorAll("article h1, article h2, article h3")]
  .map((h) => h.innerText.replace(/\\s+/g, "").replace(/[\\\\$(){}]|\\u2061/g, ""));
addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => {
  const h1 = document.querySelector("article h1");
  const box = h1 && h1.getBoundingClientRect();
  seen.first = {headings: headings(), h1: box && [box.left, box.top, box.width]};
}));
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("site")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site: $ISOFLOP_SITE, or built here with warnings as errors."""
    if folder := os.environ.get("ISOFLOP_SITE"):
        return Path(folder).resolve()
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers of this run: whoever comes first builds for all
    outcome = shared / "site-built"
    with filelock.FileLock(shared / "site.lock"):
        if not outcome.exists():
            outcome.write_text(build(), encoding="utf-8")
    problem = outcome.read_text(encoding="utf-8")
    assert not problem, problem
    return ROOT / "_build" / "html"


def build():
    """Empty, or the end of what a build said that did not succeed."""
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", ".", "-W", "-n", "--keep-going"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else (run.stdout + run.stderr)[-6000:]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing about requests."""

    def send_error(self, code, message=None, explain=None):
        """As a host of pages does: 404.html in the place of a page that is missing."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def server(site):
    """The site's address on this machine."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def visit(browser):
    """Open an address in a fresh context; what went wrong is noted on the result."""
    contexts = []

    def open_page(address, locale="zh-CN", javascript=True, context=None):
        if context is None:
            context = browser.new_context(
                locale=locale,
                java_script_enabled=javascript,
                reduced_motion="reduce",
                viewport={"width": 1280, "height": 900},
            )
            context.add_init_script(WATCH)
            contexts.append(context)
        page = context.new_page()
        notes = SimpleNamespace(page=page, errors=[], outside=[], failed=[], context=context)
        page.on("console", lambda m: m.type == "error" and notes.errors.append(m.text))
        page.on("pageerror", lambda error: notes.errors.append(str(error)))
        page.on("requestfailed", lambda r: notes.failed.append(r.url))
        page.on("response", lambda r: r.status >= 400 and notes.failed.append(r.url))
        ours = address.split("/")[2]
        page.on(
            "request",
            lambda r: (
                r.url.split("/")[2] != ours
                and not r.url.startswith(("data:", "blob:"))
                and notes.outside.append(r.url)
            ),
        )
        page.goto(address)
        if javascript:
            settle(page)
        return notes

    yield open_page
    for context in contexts:
        context.close()
