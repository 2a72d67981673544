"""A notebook as an HTML page that needs no network."""

import re
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode


def html_page(notebook: NotebookNode, name: str, folder: Path) -> str:
    """Return a notebook as one self-contained HTML page.

    Parameters
    ----------
    notebook
        An executed notebook; links to other notebooks will lead to their pages.
    name
        The title of the page.
    folder
        Where the pictures lie that the notebook's text shows.
    """
    page = NotebookNode(notebook)
    page.cells = [NotebookNode(cell) for cell in notebook.cells]
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\([\w./-]+)\.ipynb\b", r"\1.html", cell.source)
    # The lesson has no formulas, diagrams or live widgets, so nothing needs to be loaded for them.
    exporter = HTMLExporter(
        embed_images=True,
        exclude_anchor_links=True,
        language_code="zh-CN",
        jquery_url="",
        mathjax_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
        require_js_url="",
    )
    resources = {"metadata": {"name": name, "path": str(folder)}}
    html, _ = exporter.from_notebook_node(page, resources=resources)
    # The template still writes the loaders, without an address or with one built into the script.
    html = re.sub(r'<script src="">\s*</script>', "", html)
    return re.sub(r'<script type="module">.*?</script>', "", html, flags=re.DOTALL)
