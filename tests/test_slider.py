"""Notebook 1's slider in a real JupyterLab: the picture follows, and no stale widget stays."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.browser import chromium
from tools.kernels import use_this_interpreter
from tools.outputs import ROOT
from tools.picture_assets import NOTEBOOK

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKEN = "only-for-this-test"
UNTRAINED = """
iris = load_iris()
snapshots = {epoch: IrisMLP() for epoch in range(0, 20_001, 200)}
"""
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext.isReady;
}"""
DONE = """count => window.jupyterapp.shell.currentWidget.content.widgets.every(
  cell => cell.model.executionState === 'idle' && cell.model.executionCount > count)"""
SHOWN = """() => [...document.querySelectorAll('.jp-OutputArea img')].map(image => image.src)"""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a notebook that holds the slider and no training."""
    cells = {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    wanted = [cells["setup"], cells["setup-package"], new_code_cell(UNTRAINED), cells["slider"]]
    sources = [new_code_cell(cell.source) for cell in wanted]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=sources, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "slider.ipynb")
    monkeypatch.setenv("JUPYTER_PATH", "")
    use_this_interpreter()
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--expose-app-in-browser", "--allow-root"),
        *(f"--ServerApp.root_dir={tmp_path}", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.open_browser=False"),
        *(f"--IdentityProvider.token={TOKEN}", f"--LabApp.workspaces_dir={tmp_path / 'lab'}"),
    ]
    settings = {**os.environ, "JUPYTER_CONFIG_PATH": str(ROOT / "tools" / "jupyter")}
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(command, env=settings, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}")
        yield f"http://127.0.0.1:{port}/lab/tree/slider.ipynb?reset&token={TOKEN}"
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str, seconds: float = 90) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = monotonic() + seconds
    while True:
        try:
            direct.open(address).close()
            return
        except OSError:
            assert monotonic() < until, "JupyterLab 没有启动"
            sleep(0.5)


@pytest.fixture
def page(address: str) -> Iterator["sync_api.Page"]:
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
        except sync_api.Error as error:
            pytest.skip(f"no Chromium: {error}")
        page = browser.new_page(viewport={"width": 1300, "height": 1200})
        page.set_default_timeout(90_000)
        page.goto(address)
        page.wait_for_function(READY)
        yield page
        browser.close()


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
