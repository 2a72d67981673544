"""For pytest, wherever it starts: notebooks run once, with their claims, and strictly."""

import io
from contextlib import redirect_stdout
from typing import Any
from unittest.mock import patch

import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbmake import nb_run, pytest_items
from nbmake.nb_result import NotebookError, NotebookResult
from nbmake.nb_run import NotebookRun

from tests.notebooks.claims_in_kernel import REPORT, fill_in
from tests.notebooks.lesson import FOLDER, read
from tests.notebooks.saved_outputs import check_outputs, check_quiet
from tools.kernels import kernel_settings, prepare
from tools.notebooks import clean

prepare()


class StrictRun(NotebookRun):
    """nbmake's run, which fails for what nbmake lets pass as well.

    Claims that do not hold, warnings, missing glyphs, errors that do not come, and saved outputs
    that the notebook no longer gives.
    """

    def execute(self) -> NotebookResult:
        """Run the notebook; report everything that is wrong with it at once."""
        saved, printed, self.cell = read(self.filename), io.StringIO(), "第一格之前"
        result, problems = NotebookResult(saved, None), []
        try:
            with redirect_stdout(printed), patch.object(nb_run, "NotebookClient", self.client):
                result = super().execute()
        except Exception as error:  # nbmake's word for all of these is "internal error"
            problems.append(f"{self.filename.name} · {self.cell}：{type(error).__name__}: {error}")
        problems += REPORT.findall(printed.getvalue())
        if result.error is None and not problems:
            problems += check_quiet(result.nb)
            if self.filename.parent == FOLDER:
                clean(result.nb)
                problems += check_outputs(saved, result.nb)
        if problems:
            trace = [result.error.trace] if result.error else []
            summary = problems[0].splitlines()[0]
            result.error = NotebookError(summary, "\n".join(trace + problems), -1)
        return result

    def client(self, notebook: NotebookNode, **options: Any) -> NotebookClient:
        """Return nbmake's client for a notebook that has its claims."""
        fill_in(notebook, self.filename)
        return NotebookClient(
            notebook,
            **options,
            coalesce_streams=True,
            config=kernel_settings(),
            on_cell_start=lambda cell, cell_index: setattr(self, "cell", cell.id),
        )


pytest_items.NotebookRun = StrictRun


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the notebooks first, so that the processes end at about the same time."""
    items.sort(key=lambda item: not hasattr(item, "nbmake"))
