"""A notebook as an HTML page that needs no network and hides nothing from anyone."""

import html
import re
from pathlib import Path

from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_output

PNG = "image/png"
# The template's grey prompts and some of its code colours are too pale to read for some people
# (WCAG 2.1 asks for a contrast of 4.5), and its links differ from text by colour only. It breaks
# words anywhere, cuts long code on paper, and shows a bar on the red ground of an error.
STYLE = """
:root {
  --jp-cell-prompt-not-active-font-color: #595959;
  --jp-cell-prompt-not-active-opacity: 1;
}
.highlight .mi, .highlight .mf, .highlight .mh { color: #006600; }
.highlight .ow { color: #7700bb; }
.highlight .c1 { color: #336666; }
.jp-RenderedHTMLCommon a:link { text-decoration: underline; }
.jp-OutputArea-output img { max-width: 100%; height: auto; }
.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"] { background: #f5f5f5; }
.jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
.jp-RenderedHTMLCommon :is(h1, h2, h3, h4, h5, h6) { line-height: 1.35; }
.jp-RenderedHTMLCommon :is(th, td:first-child) { word-break: keep-all; }
@media screen and (max-width: 700px) {
  .jp-OutputArea-output pre { white-space: pre; }
  .jp-RenderedHTMLCommon table { font-size: 0.8em; }
  .jp-RenderedHTMLCommon td code { white-space: pre-wrap; overflow-wrap: anywhere; }
}
@media print {
  .jp-InputArea pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .jp-RenderedHTMLCommon :is(h1, h2, h3, h4, h5, h6) { break-after: avoid; }
}
"""


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
    page.cells = [page_cell(cell) for cell in notebook.cells]
    # The lesson has no formulas, diagrams or live widgets, so nothing needs to be loaded for them.
    exporter = HTMLExporter(
        embed_images=True,
        exclude_anchor_links=True,
        jquery_url="",
        mathjax_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
        require_js_url="",
    )
    resources = {"metadata": {"name": name, "path": str(folder)}}
    text, _ = exporter.from_notebook_node(page, resources=resources)
    return finished(text)


def page_cell(cell: NotebookNode) -> NotebookNode:
    """Return a copy of a cell with links between pages, and with alt texts where pictures are."""
    cell = NotebookNode(cell)
    if cell.cell_type == "markdown":
        cell.source = re.sub(r"(\]\([\w./-]+)\.ipynb\b", r"\1.html", cell.source)
    if cell.cell_type == "code":
        cell.outputs = [with_alt_text(output) for output in cell.outputs]
    return cell


def with_alt_text(output: NotebookNode) -> NotebookNode:
    """Return a picture as HTML with the alt text of its metadata, which nbconvert leaves out."""
    alt = output.get("metadata", {}).get(PNG, {}).get("alt")
    if alt is None:
        return output
    size = "".join(
        f' {side}="{output.metadata[PNG][side]}"'
        for side in ("width", "height")
        if side in output.metadata[PNG]
    )
    source = f"data:{PNG};base64,{output.data[PNG]}"
    picture = f'<img alt="{html.escape(alt)}" src="{source}"{size}>'
    return new_output("display_data", data={"text/html": picture})


def finished(text: str) -> str:
    """Return nbconvert's page with its language, places for links, readable colours, no loaders."""
    soup = BeautifulSoup(text, features="html.parser")
    soup.html["lang"] = "zh-CN"
    for heading in soup.find_all(re.compile(r"^h[1-6]$")):
        heading["id"] = heading.get_text().replace(" ", "-")
    style = soup.new_tag("style")
    style.string = STYLE
    soup.head.append(style)
    for script in soup.find_all("script"):
        if script.get("src") == "" or script.get("type") == "module":
            script.decompose()
    return str(soup)
