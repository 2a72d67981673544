"""All notebooks in a real JupyterLab: every cell, the stop button, every slider, run all, restart.

The last tests plant one fault of each kind and see that it is noticed.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode

from tests import lab as lab_module
from tests.helpers import MISSING_GLYPH, planted
from tests.lab import Lab, browser, serve, sync_api
from tools.lesson_checks import FOLDED, is_optional
from tools.notebooks import FOLDER, read
from tools.outputs import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = sorted(FOLDER.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
TRAINING = {  # the cell that a reader may want to stop
    "1_visualization": "baseline-train",
    "2_progress_bars": "loop-day38-run",
    "3_inference": "torch-train",
}
SLIDERS = {"1_visualization": 1, "2_progress_bars": 0, "3_inference": 4}
Open = Callable[[str], Lab]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve copies of the notebooks; give the address and the folder."""
    folder = tmp_path_factory.mktemp("第 38 天")
    for path in PATHS:
        shutil.copy(path, folder)
    with serve(folder, tmp_path_factory.mktemp("log") / "log") as address:
        yield address, folder


@pytest.fixture
def opened(served: tuple[str, Path], request: pytest.FixtureRequest) -> Iterator[Open]:
    """Give a function that opens a notebook; if the test fails, keep a picture of the page."""
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1300, "height": 1100})
        before = request.session.testsfailed
        yield lambda name: Lab(page, served[0], name)
        if request.session.testsfailed > before:
            folder = ROOT / "build" / "screenshots"
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{request.node.name}.png")
        page.evaluate("window.jupyterapp.shell.currentWidget?.sessionContext.shutdown()")


@each_notebook
def test_every_cell_by_shift_enter_stop_sliders_and_all_again(path: Path, opened: Open) -> None:
    notebook = read(path)
    lab = opened(path.name)
    lab.clear()
    assert lab.walk() == [cell.id for cell in notebook.cells if on_the_way(cell)]
    optional = [cell.id for cell in notebook.cells if is_optional(cell) and is_code(cell)]
    assert lab.walk_folded() == optional
    assert lab.not_run() == []
    stop_and_run_again(lab, TRAINING[path.stem])
    assert move_sliders(lab) == SLIDERS[path.stem]
    lab.run_all()
    assert lab.problems() == []


@each_notebook
def test_restart_and_run_all(path: Path, opened: Open) -> None:
    lab = opened(path.name)
    lab.run_all(restart=True)
    assert lab.problems() == []


def is_code(cell: NotebookNode) -> bool:
    """Tell whether Shift+Enter runs something in this cell."""
    return cell.cell_type == "code"


def on_the_way(cell: NotebookNode) -> bool:
    """Tell whether a reader comes by who skips the folded sections: a folded heading is seen."""
    return not is_optional(cell) or bool(cell.metadata.get(FOLDED))


def stop_and_run_again(lab: Lab, name: str) -> None:
    """Stop the training in the middle, then run the cell again: a full bar, no error."""
    lab.select(name)
    lab.run_cell(wait=False)
    lab.wait_for_output(name, r"\b[1-9]\d?%")
    lab.command("notebook:interrupt-kernel")
    lab.wait_until_idle()
    assert "已中断" in lab.output(name)
    lab.select(name)
    lab.run_cell()
    assert "100%" in lab.output(name) and "已中断" not in lab.output(name)
    assert lab.problems() == []


def move_sliders(lab: Lab) -> int:
    """Move every slider by keyboard, see that its output follows; return how many there are."""
    count = 0
    for name in lab.cells_with_widgets():
        lab.select(name)
        lab.page.wait_for_selector(".jp-mod-active .jupyter-widgets", state="attached")
        handles = lab.page.locator(".jp-mod-active .noUi-handle")
        for index in range(handles.count()):
            before = lab.output_page(name)
            handles.nth(index).focus()
            lab.page.keyboard.press("ArrowRight")
            lab.page.keyboard.press("ArrowRight")
            lab.wait_until_idle()
            lab.page.wait_for_timeout(500)
            assert lab.output_page(name) != before, f"{name}: slider {index} moves nothing"
            count += 1
    assert lab.problems() == []
    return count


# The tests of the tests: each planted fault is noticed.

SLIDER = """from ipywidgets import IntSlider, interact
def show(number):
    {body}
interact(show, number=IntSlider(0, 0, 9))"""
OBSERVER = """from IPython.display import display
from ipywidgets import IntSlider
slider = IntSlider(0, 0, 9)
slider.observe(lambda change: 1 / 0, "value")
display(slider)"""
BROKEN = """from IPython.display import HTML
HTML('<img src="files/missing.png">')"""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import os; os._exit(1)", "kernel: "),
        (MISSING_GLYPH, "Glyph"),
        (BROKEN, "broken picture"),
    ],
    ids=["raises", "kernel dies", "glyph", "picture"],
)
def test_a_planted_fault_is_noticed(
    source: str, told: str, served: tuple[str, Path], opened: Open
) -> None:
    lab = opened(planted(served[1], source).name)
    lab.select("planted")
    lab.run_cell(wait=False)
    lab.page.wait_for_timeout(2000)
    lab.wait_for_problem(told)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (SLIDER.format(body="1 // (number < 1)"), "ZeroDivisionError"),
        (OBSERVER, "ZeroDivisionError"),
    ],
    ids=["interact", "observe"],
)
def test_a_slider_whose_callback_raises_is_noticed(
    source: str, told: str, served: tuple[str, Path], opened: Open
) -> None:
    lab = opened(planted(served[1], source).name)
    lab.select("planted")
    lab.run_cell()
    with contextlib.suppress(AssertionError):  # it may come a moment later
        move_sliders(lab)
    lab.wait_for_problem(told)


def test_a_cell_that_hangs_is_noticed(
    served: tuple[str, Path], opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_module, "CELL_SECONDS", 3)
    lab = opened(planted(served[1], "while True: pass").name)
    lab.select("planted")
    with pytest.raises(sync_api.TimeoutError):
        lab.run_cell()


def test_a_slider_that_moves_nothing_and_one_that_works(
    served: tuple[str, Path], opened: Open
) -> None:
    lab = opened(planted(served[1], SLIDER.format(body="print(number)")).name)
    lab.select("planted")
    lab.run_cell()
    assert move_sliders(lab) == 1
