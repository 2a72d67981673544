"""The lesson in a real JupyterLab: every cell, the stop button, every link, restart and run all."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.lab.driver import EMPTY_BANDS, NOT_RUN, SELECT, TOO_WIDE, Lab
from tests.notebooks.lesson import PATHS, is_main_road, read, tags

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem),
]
OPEN = "name => void window.jupyterapp.commands.execute('docmanager:open', {path: name})"
IS_OPEN = "name => window.jupyterapp.shell.currentWidget.context?.path == name"
# JupyterLab renames the ids of what it shows.
STILL = """async () => {
  const panel = content.node.querySelector('.jp-WindowedPanel-outer');
  for (let before, now = ''; before !== now;) {
    await new Promise(done => setTimeout(done, 1000));
    [before, now] = [now, `${panel.scrollTop} ${panel.scrollHeight}`];
  }
}"""
IN_VIEW = """anchor => {
  const place = document.querySelector(`[data-jupyter-id="${anchor}"]`)?.getBoundingClientRect();
  return place && 0 < place.top && place.top < innerHeight;
}"""


def test_shift_enter_through_it_stop_and_go_on_then_run_all(
    path: Path, lab: str, page: Page
) -> None:
    cells = read(path).cells
    opened = Lab(page, lab, path.name)
    assert page.evaluate(NOT_RUN) == [c.id for c in cells if c.cell_type == "code"]
    for cell in cells:
        opened.run(cell.id, wait=cell.cell_type == "code")
        opened.check(cell.id)
        assert not (is_main_road(cell) and page.evaluate(TOO_WIDE, cell.id)), cell.id
    assert page.evaluate(EMPTY_BANDS) == 0

    for name in [cell.id for cell in cells if "training" in tags(cell)]:  # a reader may stop it
        opened.stop(name)
        opened.run(name)
        assert "100%" in page.evaluate("shown", name)
        opened.check(name)
    opened.restart_and_run_all()


def test_every_link_moves_the_page_or_opens_the_lesson(path: Path, lab: str, page: Page) -> None:
    opened = Lab(page, lab, path.name)
    opened.command("notebook:expand-all-headings")

    def click(cell: str, target: str) -> None:
        page.evaluate(SELECT, cell)
        page.locator(f'.jp-Cell.jp-mod-active a[href*="{target}"]').first.click()

    for cell in read(path).cells:
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(#([^)\s]+)\)", cell.source):
            for _ in range(2):  # cells that were never in view have a guessed height
                click(cell.id, f"#{target}")
                page.evaluate(STILL)  # they are laid out late on a busy machine
                if seen := page.evaluate(IN_VIEW, target):
                    break
            assert seen, (cell.id, target)
    opened.check("links")
    for other in PATHS:
        if other != path:
            page.evaluate(OPEN, path.name)
            click("head", other.name)
            page.wait_for_function(IS_OPEN, arg=other.name)
    assert opened.page_errors == []
