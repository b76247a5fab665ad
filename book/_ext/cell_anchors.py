"""A code cell can be linked to: on its page it has its cell id as anchor.

The ledger of claims (chapter 13) links to the cells that decide them.
"""

from myst_nb.sphinx_ import SphinxNbRenderer

_render_cell = SphinxNbRenderer.render_nb_cell_code


def render_cell(self, token):
    """Render a code cell and give what it put on the page the cell's id."""
    before = len(self.current_node.children)
    _render_cell(self, token)
    cell = self.nb_client.notebook.cells[token.meta["index"]]
    if (name := cell.get("id")) and len(self.current_node.children) > before:
        self.current_node.children[before]["ids"].append(name)


def setup(app):
    # No configuration or event of myst-nb's reaches a single cell.
    SphinxNbRenderer.render_nb_cell_code = render_cell
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
