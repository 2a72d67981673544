"""Notebook 1's slider in a real JupyterLab: the picture follows, and no stale widget stays."""

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.lab import Lab, browser, serve
from tools.picture_assets import NOTEBOOK

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

UNTRAINED = """
iris = load_iris()
snapshots = {epoch: IrisMLP() for epoch in range(0, 20_001, 200)}
"""
DONE = """count => window.jupyterapp.shell.currentWidget.content.widgets.every(
  cell => cell.model.executionState === 'idle' && cell.model.executionCount > count)"""
SHOWN = """() => [...document.querySelectorAll('.jp-OutputArea img')].map(image => image.src)"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve a notebook that holds the slider and no training."""
    cells = {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    wanted = [cells["setup"], cells["setup-package"], new_code_cell(UNTRAINED), cells["slider"]]
    sources = [new_code_cell(cell.source) for cell in wanted]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=sources, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "slider.ipynb")
    with serve(tmp_path, tmp_path / "log") as server:
        yield server


@pytest.fixture
def page(server: str) -> Iterator["sync_api.Page"]:
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1300, "height": 1200})
        yield Lab(page, server, "slider.ipynb").page


def run_all(page: "sync_api.Page", count: int) -> None:
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(DONE, arg=count)
    page.wait_for_function("document.querySelectorAll('.jp-OutputArea img').length == 1")


def follows(page: "sync_api.Page", epoch: int, before: list[str]) -> list[str]:
    """Wait until the slider says `epoch` and another picture is shown; return it."""
    page.wait_for_function(
        """([epoch, before]) => {
          const images = document.querySelectorAll('.jp-OutputArea img');
          const readout = document.querySelector('.widget-readout').innerText;
          return images.length == 1 && images[0].src != before[0]
            && Number(readout.replace(/\\D/g, '')) == epoch;
        }""",
        arg=[epoch, before],
    )
    return page.evaluate(SHOWN)


def test_the_picture_follows_keyboard_and_mouse(page: "sync_api.Page", tmp_path: Path) -> None:
    run_all(page, 0)
    shown = page.evaluate(SHOWN)
    handle = page.locator(".noUi-handle")
    handle.focus()
    for epoch in (200, 400):
        page.keyboard.press("ArrowRight")
        shown = follows(page, epoch, shown)
    place, track = handle.bounding_box(), page.locator(".noUi-target").bounding_box()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] + 5, place["y"] + 5, steps=8)
    page.mouse.up()
    follows(page, 20_000, shown)

    run_all(page, 4)  # again, in the same kernel
    assert page.locator(".noUi-handle").count() == 1
    assert page.locator(".jp-RenderedText[data-mime-type*=error]").count() == 0
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    saved = json.loads((tmp_path / "slider.ipynb").read_text(encoding="utf-8"))
    assert "widgets" not in saved["metadata"]
    assert not any("image/png" in str(cell.get("outputs")) for cell in saved["cells"])
