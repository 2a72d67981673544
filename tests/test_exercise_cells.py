"""The exercises as they stand in the notebooks: questions, unanswered cells, solved cells."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbformat import NotebookNode

from day38 import Exercise
from tests.exercise_checks import CHECK, printed_by, solved
from tools.notebooks import FOLDER

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def exercises_of(path: Path) -> tuple[ModuleType, list[NotebookNode]]:
    """Return the module of a notebook's exercises and the cells that belong to them."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.id.startswith("exercise")]
    return import_module(f"day38.exercises_{path.name[0]}"), cells


def run(cells: list[NotebookNode], sources: list[str]) -> dict[str, str]:
    """Execute sources one after the other, each twice; return what each check printed last."""
    space: dict[str, object] = {}
    exec("import torch", space)  # the notebook's set-up cell has it
    printed = {}
    for cell, source in zip(cells, sources, strict=True):
        for _ in range(2):
            text = printed_by(lambda source=source: exec(source, space))
        if CHECK.search(source):
            printed[cell.id] = text
    return printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_stands_in_its_notebook_with_its_question(path: Path) -> None:
    module, cells = exercises_of(path)
    exercises = {name: value for name, value in vars(module).items() if type(value) is Exercise}
    assert len(exercises) >= 4
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert {found[1] for found in CHECK.finditer(code)} == exercises.keys()
    for name, exercise in exercises.items():
        assert exercise.question in text, name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_exercise_is_right_before_it_is_answered(path: Path) -> None:
    _, cells = exercises_of(path)
    code = [cell for cell in cells if cell.cell_type == "code"]
    for name, text in run(code, [cell.source for cell in code]).items():
        assert text and not text.startswith("正确"), name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_printed_solution_is_right_in_its_cell(path: Path) -> None:
    module, cells = exercises_of(path)
    code = [cell for cell in cells if cell.cell_type == "code"]
    for name, text in run(code, [solved(cell.source, module) for cell in code]).items():
        assert text.startswith("正确"), name
