"""Figures that move: the still picture, and beneath it what a reader needs to set it going.

A cell's output that carries both a Plotly figure and a picture (`isoflop.moving.show`) becomes
the picture with its caption as ever; a button and a slider, unused until asked for, follow it in
the same figure. The figure's numbers stand in the page, so that pages opened from disk have them;
`_static/moving.js` fetches Plotly once the button is pressed. Without JavaScript, and on paper,
the picture stands alone.
"""

import json
from copy import copy

from docutils import nodes
from figures import is_picture
from myst_nb.sphinx_ import SphinxNbRenderer

from isoflop.moving import html

MIME = "application/vnd.plotly.v1+json"
SCRIPTS = ("plotly-load.js", "moving.js")
BUTTON = "动起来 | Make it move"
LOADING = "正在载入…… | Loading…"
FAILED = "没能载入，可以再试一次。 | It could not be loaded; please try again."


def both(text):
    """`中文 | English` as the page's three language states show it."""
    zh, en = text.split(" | ")
    return (
        f'<span class="lang-zh" lang="zh-CN">{zh}</span><span class="lang-sep"> | </span>'
        f'<span class="lang-en" lang="en">{en}</span>'
    )


def controls(figure, name):
    """The button, the slider that takes its place, and the figure's numbers, as HTML."""
    slider = figure["layout"]["sliders"][0]
    steps, at = slider["steps"], slider["active"]
    layout = {key: value for key, value in figure["layout"].items() if key != "sliders"}
    texts = [step["label"] for step in steps]
    label = both(html(layout["meta"]["slider"]))
    numbers = figure | {"layout": layout, "texts": texts}
    # Inside a script element only "<" could end it.
    inline = json.dumps(numbers, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"""<div class="moving needs-js" id="{name}">
<button type="button" class="moving-start"><span class="moving-ready">{both(BUTTON)}</span>
<span class="moving-loading">{both(LOADING)}</span></button>
<div class="moving-slider"><label for="{name}-at">{label}</label>
<input type="range" id="{name}-at" min="0" max="{len(steps) - 1}" step="1" value="{at}"
 aria-valuetext="{texts[at]}"><output for="{name}-at">{texts[at]}</output></div>
<p class="moving-failed" role="status" data-text="{FAILED}"></p>
<script type="application/json">{inline}</script>
</div>"""


_render_outputs = SphinxNbRenderer._render_nb_cell_code_outputs


def without_figure(output):
    """The output less its Plotly figure, a kind that myst-nb does not know and warns of."""
    if MIME not in output.get("data", ()):
        return output
    plain = copy(output)
    plain["data"] = {mime: data for mime, data in output["data"].items() if mime != MIME}
    return plain


def render_outputs(self, token, outputs):
    """Render as before; controls follow every picture whose output carries a moving figure."""
    before = set(map(id, self.current_node.findall(nodes.image)))
    _render_outputs(self, token, [without_figure(output) for output in outputs])
    if not any(MIME in output.get("data", ()) for output in outputs):
        return
    images = [i for i in self.current_node.findall(nodes.image) if id(i) not in before]
    pictures = [output for output in outputs if is_picture(output)]
    for number, (image, output) in enumerate(zip(images, pictures, strict=True)):
        if figure := output["data"].get(MIME):
            cell = self.document.settings.env.docname.replace("/", "-")
            name = f"moving-{cell}-{token.meta['index']}-{number}"
            raw = nodes.raw("", controls(figure, name), format="html", moving=True)
            image.parent.insert(image.parent.index(image) + 1, raw)


def add_files(app, pagename, template, context, doctree):
    """Scripts and style on the pages that have something to move, and on no other."""
    if doctree and any("moving" in raw for raw in doctree.findall(nodes.raw)):
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")
        app.add_css_file("moving.css")


def setup(app):
    app.setup_extension("figures")  # its way with captions comes first
    # No configuration or event of myst-nb's reaches a single output.
    SphinxNbRenderer._render_nb_cell_code_outputs = render_outputs
    app.connect("html-page-context", add_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
