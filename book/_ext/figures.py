"""A cell's caption belongs to its picture.

myst-nb wraps every output of a captioned cell in a figure of that name, so that a note beside
the picture (a stored result's, a stand-in's banner) would repeat caption and label.
"""

from myst_nb.sphinx_ import SphinxNbRenderer

_render_outputs = SphinxNbRenderer._render_nb_cell_code_outputs


def is_picture(output):
    return any(mime.startswith("image/") for mime in output.get("data", ()))


def render_outputs(self, token, outputs):
    """Render outputs one by one; the caption goes to the first picture alone."""
    options = token.meta["metadata"].get("mystnb", {})
    if "figure" not in options or not any(is_picture(output) for output in outputs):
        return _render_outputs(self, token, outputs)
    figure = options["figure"]
    captioned = next(output for output in outputs if is_picture(output))
    for output in outputs:
        options.pop("figure", None)
        if output is captioned:
            options["figure"] = figure
        _render_outputs(self, token, [output])
    options["figure"] = figure


def setup(app):
    # No configuration or event of myst-nb's reaches a single output.
    SphinxNbRenderer._render_nb_cell_code_outputs = render_outputs
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
