"""A real JupyterLab in a real browser: open a notebook, use it as a person does.

The state of the application is asked, not the status bar, which says "Idle" while cells wait.
"""

from playwright.sync_api import Page

CELL_SECONDS, NOTEBOOK_SECONDS = 300, 900  # what takes longer hangs; nobody measures here
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext?.isReady
    && panel.sessionContext.session?.kernel?.status == 'idle';
}"""
# What the kernel says is looked at as it comes: a cell that runs again hides what it said.
LISTEN = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  window.content = panel.content;
  window.cell = name => content.widgets.find(cell => cell.model.id == name);
  window.shown = name => cell(name).outputArea.node.textContent;
  window.said = [];
  const expected = cell => (cell?.model.getMetadata('tags') ?? []).includes('raises-exception');
  panel.sessionContext.iopubMessage.connect((_, {header, content: said}) => {
    const running = content.widgets.find(cell => cell.model.executionState == 'running');
    if (header.msg_type == 'error' && said.ename != 'KeyboardInterrupt' && !expected(running))
      window.said.push(`${said.ename}: ${said.evalue}`);
    if (header.msg_type == 'stream' && /Traceback|Glyph \\d+/.test(said.text))
      window.said.push(said.text);
    if (window.stopping && /\\b[1-9]\\d?%/.test(said.text)) {
      window.stopping = false;
      window.jupyterapp.commands.execute('notebook:interrupt-kernel');
    }
  });
  panel.sessionContext.statusChanged.connect((_, status) => {
    if (['dead', 'autorestarting'].includes(status)) window.said.push(`kernel: ${status}`);
  });
}"""
IDLE = """() => content.widgets.every(cell => cell.model.type != 'code'
    || cell.model.executionState == 'idle' || !cell.model.sharedModel.getSource().trim())
  && window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status == 'idle'"""
NOT_RUN = """() => content.widgets.filter(cell => cell.model.type == 'code'
    && cell.model.executionCount == null && cell.model.sharedModel.getSource().trim())
  .map(cell => cell.model.id)"""
BROKEN = """() => [...document.querySelectorAll('.jp-Notebook img')]
  .filter(image => image.complete && !image.naturalWidth).map(image => image.alt || image.src)"""
SELECT = """name => {
  content.activeCellIndex = content.widgets.indexOf(cell(name));
  content.mode = 'command';
  content.activate();
}"""
# Pink bands are what stderr leaves when it holds nothing to read.
EMPTY_BANDS = """() => [...document.querySelectorAll('[data-mime-type$=stderr]')]
  .filter(band => !band.textContent.trim()).length"""
TOO_WIDE = """name => [...cell(name).node.querySelectorAll('.cm-scroller')]
  .some(text => text.scrollWidth > text.clientWidth + 1)"""


class Lab:
    """A notebook that is open in JupyterLab, and what a person does with it."""

    def __init__(self, page: Page, address: str, notebook: str) -> None:
        self.page = page
        self.page_errors: list[str] = []
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        page.set_default_timeout(CELL_SECONDS * 1000)
        before, _, token = address.partition("?")
        page.goto(f"{before.rpartition('/')[0]}/{notebook}?reset&{token}")
        page.wait_for_function(READY)
        page.evaluate(LISTEN)

    def check(self, where: str) -> None:
        """Fail if anything has gone wrong until now."""
        problems = [*self.page.evaluate("said"), *self.page.evaluate(BROKEN), *self.page_errors]
        assert problems == [], f"{where}: {problems}"

    def command(self, name: str) -> None:
        """Give a command of JupyterLab's, as its menus do."""
        self.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)

    def run(self, name: str, wait: bool = True) -> None:
        """Go to a cell and press Shift+Enter."""
        self.page.evaluate(SELECT, name)
        self.page.keyboard.press("Shift+Enter")
        if wait:
            self.page.wait_for_function(IDLE)

    def stop(self, name: str) -> None:
        """Run a training and press ■ as soon as its bar moves, even where that is drawn late."""
        self.page.evaluate("window.stopping = true")
        self.run(name, wait=False)
        self.page.wait_for_function("!window.stopping")
        self.page.wait_for_function(IDLE)

    def restart_and_run_all(self) -> None:
        """Do what the button ⏩ does, and wait until all cells have run."""
        self.command("notebook:clear-all-cell-outputs")
        self.command("notebook:restart-run-all")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        all_run, limit = f"() => ({NOT_RUN})().length == 0", NOTEBOOK_SECONDS * 1000
        self.page.wait_for_function(all_run, timeout=limit)
        self.page.wait_for_function(IDLE)
        self.check("run all")
