"""A real JupyterLab in a real browser, for tests: serve a folder, open a notebook, use it.

What a person would notice is collected in `Lab.problems`: errors in outputs, errors of widget
callbacks, broken pictures, missing glyphs, a kernel that died. The state of the application is
asked, not the status bar, which says "Idle" while cells are waiting.
"""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from tools.browser import chromium
from tools.kernels import TRANSPORT, use_this_interpreter
from tools.outputs import ROOT

sync_api = pytest.importorskip("playwright.sync_api")

TOKEN = "only-for-this-test"
CELL_SECONDS = 120  # no cell of the lesson takes nearly as long; one that does hangs
NOTEBOOK_SECONDS = 400

CONTENT = "window.jupyterapp.shell.currentWidget.content"
OUTPUT = f"""name => {CONTENT}.widgets
  .find(cell => cell.model.id == name).outputArea.node"""
ACTIVE = f"""() => {{
  const cell = {CONTENT}.activeCell;
  return [{CONTENT}.activeCellIndex, cell.model.id, Boolean(cell.headingCollapsed)];
}}"""
WITH_WIDGETS = f"""() => {CONTENT}.widgets.filter(cell => {{
  if (cell.model.type != 'code') return false;
  const outputs = [...Array(cell.model.outputs.length).keys()];
  return outputs.some(i => 'application/vnd.jupyter.widget-view+json'
    in cell.model.outputs.get(i).data);
}}).map(cell => cell.model.id)"""
FOLDED = f"""() => {CONTENT}.widgets
  .filter(cell => cell.headingCollapsed).map(cell => cell.model.id)"""
# Everything the kernel says is looked at as it comes: a cell that runs again hides what it said.
LISTEN = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  window.said = [];
  panel.sessionContext.iopubMessage.connect((_, message) => {
    const {msg_type} = message.header;
    if (msg_type == 'error')
      window.said.push(`${message.content.ename}: ${message.content.evalue}`);
    if (msg_type == 'stream' && /Traceback|Glyph \\d+/.test(message.content.text))
      window.said.push(message.content.text);
  });
  panel.sessionContext.statusChanged.connect((_, status) => {
    if (['dead', 'autorestarting'].includes(status)) window.said.push(`kernel: ${status}`);
  });
}"""
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext.isReady
    && panel.sessionContext.session?.kernel?.status == 'idle';
}"""
IDLE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  return panel.sessionContext.session?.kernel?.status == 'idle'
    && panel.content.widgets.every(cell => cell.model.type != 'code'
      || cell.model.executionState == 'idle' || !cell.model.sharedModel.getSource().trim());
}"""
# The cells that were not run since their outputs were cleared.
NOT_RUN = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type == 'code' && cell.model.sharedModel.getSource().trim()
    && cell.model.executionCount == null)
  .map(cell => cell.model.id)"""
ERRORS = """() => {
  const found = [];
  for (const cell of window.jupyterapp.shell.currentWidget.content.widgets) {
    if (cell.model.type != 'code') continue;
    for (let i = 0; i < cell.model.outputs.length; i++)
      if (cell.model.outputs.get(i).type == 'error') found.push(`error output in ${cell.model.id}`);
  }
  for (const image of document.querySelectorAll('.jp-Notebook img'))
    if (image.complete && !image.naturalWidth) found.push(`broken picture: ${image.src}`);
  return found;
}"""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(folder: Path, log: Path) -> Iterator[str]:
    """Run a JupyterLab for `folder`, in this interpreter's environment; give its address."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "jupyterlab", "--expose-app-in-browser", "--allow-root"),
        *(f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.open_browser=False"),
        f"--KernelManager.transport={TRANSPORT}",
        *(f"--IdentityProvider.token={TOKEN}", f"--LabApp.workspaces_dir={log.parent / 'lab'}"),
    ]
    use_this_interpreter()
    settings = {**os.environ, "JUPYTER_CONFIG_PATH": str(ROOT / "tools" / "jupyter")}
    with open(log, "w") as file:
        server = subprocess.Popen(command, env=settings, stdout=file, stderr=file)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, seconds: float = 90) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = monotonic() + seconds
    while True:
        try:
            direct.open(address).close()
            return
        except OSError:
            assert monotonic() < until, "JupyterLab 没有启动"
            sleep(0.5)


@contextmanager
def browser() -> Iterator["sync_api.Browser"]:
    """Start a Chromium, or skip the test where there is none."""
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
        except sync_api.Error as error:
            pytest.skip(f"no Chromium: {error}")
        yield browser
        browser.close()


class Lab:
    """A notebook that is open in JupyterLab, and what a person does with it.

    Parameters
    ----------
    page : sync_api.Page
        An empty page of a browser.
    server : str
        What `serve` gives.
    notebook : str
        The notebook's file name in the served folder.
    """

    def __init__(self, page: "sync_api.Page", server: str, notebook: str) -> None:
        self.page = page
        self.page_errors: list[str] = []
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        page.set_default_timeout(90_000)
        page.goto(f"{server}/lab/tree/{notebook}?reset&token={TOKEN}")
        page.wait_for_function(READY)
        page.evaluate(LISTEN)

    def problems(self) -> list[str]:
        """Return all that has gone wrong until now."""
        return [*self.page.evaluate("window.said"), *self.page.evaluate(ERRORS), *self.page_errors]

    def command(self, name: str) -> None:
        """Give a command of JupyterLab's, as its menus do."""
        self.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)

    def wait_until_idle(self) -> None:
        """Wait until no cell runs or waits."""
        self.page.wait_for_function(IDLE, timeout=CELL_SECONDS * 1000)

    def select(self, name: str) -> None:
        """Put the cursor on the cell with this id."""
        self.page.evaluate(
            """name => {
              const content = window.jupyterapp.shell.currentWidget.content;
              const ids = content.widgets.map(cell => cell.model.id);
              content.activeCellIndex = ids.indexOf(name);
              content.mode = 'command';
              content.activate();
            }""",
            name,
        )

    def run_cell(self, wait: bool = True) -> None:
        """Press Shift+Enter, as a reader does."""
        self.page.keyboard.press("Shift+Enter")
        if wait:
            self.wait_until_idle()

    def walk(self) -> list[str]:
        """Press Shift+Enter from the first cell to the last; return the ids in their order.

        Folded sections are passed with the arrow key, as the notebooks' heads advise.
        """
        count = self.page.evaluate(f"{CONTENT}.widgets.length")
        self.page.evaluate(f"{CONTENT}.activeCellIndex = 0")
        passed = []
        while True:
            self.page.evaluate(f"{CONTENT}.mode = 'command'; {CONTENT}.activate()")
            index, name, folded = self.page.evaluate(ACTIVE)
            passed.append(name)
            if folded:
                self.page.keyboard.press("ArrowDown")
            else:
                self.run_cell()
            assert not self.problems(), (name, self.problems())
            if index == count - 1:
                return passed

    def walk_folded(self) -> list[str]:
        """Open each folded section and press Shift+Enter in its cells; return their ids."""
        for name in self.page.evaluate(FOLDED):
            self.select(name)
            self.run_cell()
        names = self.not_run()
        for name in names:
            self.select(name)
            self.run_cell()
            assert not self.problems(), (name, self.problems())
        return names

    def not_run(self) -> list[str]:
        """Return the ids of the code cells that have not run since the outputs were cleared."""
        return self.page.evaluate(NOT_RUN)

    def clear(self) -> None:
        """Clear all outputs, and with them the numbers in front of the cells."""
        self.command("notebook:clear-all-cell-outputs")

    def run_all(self, restart: bool = False) -> None:
        """Run all cells, in a new kernel if so wanted, and wait until all of them ran."""
        self.clear()
        if restart:
            self.command("notebook:restart-run-all")
            self.page.locator(".jp-Dialog .jp-mod-accept").click()
        else:
            self.command("notebook:run-all-cells")
        until = monotonic() + NOTEBOOK_SECONDS
        while missing := self.not_run():
            assert not self.problems(), (missing, self.problems())
            assert monotonic() < until, f"did not run: {missing}"
            self.page.wait_for_timeout(500)
        self.wait_until_idle()

    def output(self, name: str) -> str:
        """Return the text that the cell with this id shows."""
        return self.page.evaluate(f"name => ({OUTPUT})(name).innerText", name)

    def output_page(self, name: str) -> str:
        """Return what the cell with this id shows, pictures included, as HTML."""
        return self.page.evaluate(f"name => ({OUTPUT})(name).innerHTML", name)

    def wait_for_output(self, name: str, pattern: str) -> None:
        """Wait until the output of a cell matches a regular expression of JavaScript's."""
        self.page.wait_for_function(
            f"([name, pattern]) => RegExp(pattern).test(({OUTPUT})(name).innerText)",
            arg=[name, pattern],
        )

    def wait_for_problem(self, told: str, seconds: float = 30) -> None:
        """Wait until a problem holds this text; fail if none does."""
        until = monotonic() + seconds
        while not any(told in problem for problem in self.problems()):
            assert monotonic() < until, self.problems()
            self.page.wait_for_timeout(200)

    def cells_with_widgets(self) -> list[str]:
        """Return the ids of the cells that show a widget."""
        return self.page.evaluate(WITH_WIDGETS)
