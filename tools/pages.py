"""The lesson as a site without a server: a page for each notebook, the explorer, and an index."""

import re
import shutil
from pathlib import Path

import nbformat
from jinja2 import Template
from nbconvert import HTMLExporter
from nbconvert.filters.markdown import markdown2html
from nbformat import NotebookNode

from day38.explorer import frame_height

TEMPLATES = Path(__file__).parent / "templates"
PLAYGROUND = Path(__file__).parents[1] / "assets" / "playground.html"
OPTIONAL = re.compile(r"^### (选读：.+)$", re.MULTILINE)
# The lesson has no formulas, diagrams or live widgets: nothing needs to be loaded for them.
NO_REQUESTS = dict.fromkeys(
    ["jquery_url", "mathjax_url", "mermaid_js_url", "mermaid_layout_elk_js_url", "require_js_url"],
    "",
)


def write_pages(notebooks: list[Path], folder: Path) -> None:
    """Write the pages of executed notebooks, the explorer's and the index into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lessons = []
    for path in notebooks:
        notebook, name = nbformat.read(path, as_version=4), f"{path.stem}.html"
        head = notebook.cells[0].source
        title = head.splitlines()[0].removeprefix("# Day 38 · ")
        goals = head.split("**先修**")[0].split("**学完这一课，你能**")[-1]
        lessons.append((name, title, markdown2html(goals)))
        (folder / name).write_text(lesson_page(notebook, title), encoding="utf-8")
    shutil.copyfile(PLAYGROUND, folder / "playground.html")
    index = Template((TEMPLATES / "index.html.j2").read_text(encoding="utf-8"), autoescape=True)
    page = index.render(lessons=lessons, height=frame_height(4, [10]))
    (folder / "index.html").write_text(page, encoding="utf-8")


def lesson_page(notebook: NotebookNode, title: str) -> str:
    """Return a notebook as one self-contained HTML page.

    Links to other notebooks lead to their pages; what is optional is folded.
    """
    contents = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\([\w./-]+)\.ipynb\b", r"\1.html", cell.source)
            for part in re.findall(r"^## (.+)$", cell.source.replace("`", ""), re.MULTILINE):
                contents.append((f"cell-id={cell.id}", part))
    fold_optional(notebook.cells)
    exporter = HTMLExporter(
        template_file=str(TEMPLATES / "lesson.html.j2"),
        language_code="zh",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        **NO_REQUESTS,
    )
    resources = {"metadata": {"name": f"Day 38 {title}"}, "contents": contents}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    return re.sub(r"<script (?:src=\"\"|type=\"module\")>.*?</script>", "", page, flags=re.DOTALL)


def fold_optional(cells: list[NotebookNode]) -> None:
    """Mark where a folded part begins, with its title, and where it ends."""
    previous = None
    for cell in cells:
        heading = OPTIONAL.search(cell.source) if cell.cell_type == "markdown" else None
        inside = heading or "optional" in cell.metadata.get("tags", [])
        if previous and (heading or not inside):
            previous.metadata["unfold"] = True
        if heading:
            cell.metadata["fold"] = heading[1]
            cell.source = OPTIONAL.sub("", cell.source)
        previous = cell if inside else None
