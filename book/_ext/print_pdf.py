"""`make pdf`: the book as one PDF per language, printed by headless Chromium.

Printed twice: the first time to learn on which page each entry of the contents falls, the second
time with these numbers in place; a third time would change nothing, and that is checked.
"""

import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from paper import ROOT, document
from pdf_text import readable
from pypdf import PdfReader

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READY = """async () => {
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
}"""


@contextmanager
def browser():
    """A headless Chromium or Chrome that is installed on this machine."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        sys.exit("make pdf prints with Chromium or Chrome, and found neither: install one of them")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


def targets(pdf):
    """Where links in the document lead: {id: page number, counted from 1}."""
    reader = PdfReader(pdf)
    found = reader.named_destinations
    return {
        name.removeprefix("/"): reader.get_destination_page_number(where) + 1
        for name, where in found.items()
    }


def printed(chromium, site, html, pdf):
    """Print one document that lies in the site's folder, so that its pictures are found."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", dir=site, encoding="utf-8") as file:
        file.write(html)
        file.flush()
        page = chromium.new_page()
        page.set_default_timeout(300_000)
        page.goto(Path(file.name).as_uri())
        page.evaluate(READY)
        page.pdf(path=pdf, prefer_css_page_size=True, print_background=True, outline=True)
        page.close()
    return pdf


def make(chromium, site, language, folder):
    """The book in one language: the PDF's path."""
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"kaplan-to-chinchilla-{language}.pdf"
    draft = folder / f".{final.name}"
    numbers = targets(printed(chromium, site, document(site, language), draft))
    printed(chromium, site, document(site, language, numbers), draft)
    if targets(draft) != numbers:
        raise RuntimeError(f"{final.name}: page numbers moved between two printings")
    whole = draft.with_suffix(".whole")
    readable(draft, whole)
    whole.replace(final)
    draft.unlink()
    return final


def chinese_font():
    """Whether a font with Chinese characters is installed, as far as this machine can say."""
    if shutil.which("fc-list") is None:
        return True
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def main():
    if not chinese_font():
        print("No Chinese font is installed, so the Chinese edition would be empty boxes; install")
        sys.exit("one, such as Noto Sans CJK (Debian: fonts-noto-cjk), and run again")
    site, folder = ROOT / "_build" / "html", ROOT / "_build" / "pdf"
    with browser() as chromium:
        for language in ("zh", "en"):
            pdf = make(chromium, site, language, folder)
            print(f"{pdf.relative_to(ROOT)}: {len(PdfReader(pdf).pages)} pages")


if __name__ == "__main__":
    main()
