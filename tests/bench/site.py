"""Weight and time of chapter pages against the same chapters built with Jupyter Book's defaults.

    python tests/bench/site.py

The reference is built from the executed chapters of the last `make book`: the theme as it comes,
Font Awesome's script, MathJax in the browser (its smaller bundle, served from the same machine).
Both are served with gzip on this machine and opened in turns by a cold Chromium, slowed down to a
quarter of its speed behind 10 Mbit/s and 40 ms. "Readable" is when the article's first paragraph
and first formula are set and drawn. Ratios are ours over the reference: median [least, most].
"""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "book" / "_ext")]
from mathjax_files import mathjax_source  # noqa: E402
from print_pdf import browser  # noqa: E402

PAGES = ("01_budget", "07_profiles", "10_disagreement", "12_planning")
REPEATS = 5
NETWORK = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 1.25e6,
    "uploadThroughput": 1.25e6,
}
READABLE = """
const formula = (node) => !node || node.querySelector("mjx-container mjx-c, mjx-container svg");
const shown = () => {
  const article = document.querySelector("article");
  const text = article && [...article.querySelectorAll("p")].find((p) => p.offsetHeight > 0);
  const maths = text && [...article.querySelectorAll(".math")].find((m) => m.offsetHeight > 0);
  if (text && document.readyState !== "loading" && formula(maths)) {
    document.fonts.ready.then(() => requestAnimationFrame(() => {
      window.readable = performance.now();
    }));
  } else requestAnimationFrame(shown);
};
requestAnimationFrame(shown);
"""


def reference(folder: Path) -> Path:
    """The chapters, executed already, built with the defaults; the folder of the site."""
    chapters = folder / "notebooks"
    shutil.copytree(ROOT / "_build" / "jupyter_execute" / "notebooks", chapters)
    names = sorted(path.stem for path in chapters.glob("*.ipynb"))
    shutil.copytree(mathjax_source(), folder / "static" / "mathjax")
    shutil.copy(ROOT / "book" / "references.bib", folder)
    toc = {"format": "jb-book", "root": f"notebooks/{names[0]}"}
    toc["chapters"] = [{"file": f"notebooks/{name}"} for name in names[1:]]
    sphinx = {"mathjax_path": "mathjax/tex-chtml.js", "html_static_path": ["static"]}
    config = {
        "title": "Reference",
        "execute": {"execute_notebooks": "off"},
        "bibtex_bibfiles": ["references.bib"],
        "sphinx": {"extra_extensions": ["sphinx_exercise"], "config": sphinx},
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(config))
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", str(folder), "--keep-going"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "_build" / "html"


class Gzip(http.server.SimpleHTTPRequestHandler):
    """Serves text compressed, as a website does."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body, kind = path.read_bytes(), self.guess_type(str(path))
        self.send_response(200)
        if any(word in kind for word in ("text", "javascript", "json", "svg")):
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing about requests."""


@contextmanager
def served(site: Path):
    handler = functools.partial(Gzip, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def visit(chromium, address: str) -> dict[str, float]:
    """One cold visit: kilobytes over the wire, seconds to first paint and until readable."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    page = context.new_page()
    page.add_init_script(READABLE)
    session = context.new_cdp_session(page)
    weight = []
    session.on("Network.loadingFinished", lambda event: weight.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address, wait_until="load", timeout=120_000)
    page.wait_for_function("window.readable", timeout=120_000)
    page.wait_for_load_state("networkidle", timeout=120_000)
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    seen = {
        "weight [KB]": sum(weight) / 1e3,
        "first paint [s]": page.evaluate(paint) / 1e3,
        "readable [s]": page.evaluate("window.readable") / 1e3,
    }
    context.close()
    return seen


def compare(chromium, ours: str, theirs: str) -> None:
    print("| page | measure | ours | reference | ratio |\n|---|---|---|---|---|")
    for name in PAGES:
        both = [
            [visit(chromium, f"{site}/notebooks/{name}.html") for site in (ours, theirs)]
            for _ in range(REPEATS)
        ]
        for measure in both[0][0]:
            pairs = [(mine[measure], other[measure]) for mine, other in both]
            ratios = [mine / other for mine, other in pairs]
            middle = [statistics.median(column) for column in (*zip(*pairs), ratios)]
            spread = f"[{min(ratios):.2f}, {max(ratios):.2f}]"
            print(
                f"| {name} | {measure} | {middle[0]:.3g} | {middle[1]:.3g} "
                f"| {middle[2]:.2f} {spread} |",
                flush=True,
            )


def main() -> None:
    site = ROOT / "_build" / "html"
    if not (site / "notebooks").is_dir():
        sys.exit("there is no built site: run `make book` first")
    with tempfile.TemporaryDirectory() as folder:
        other = reference(Path(folder))
        with served(site) as ours, served(other) as theirs, browser() as chromium:
            compare(chromium, ours, theirs)


if __name__ == "__main__":
    main()
