"""For pytest, wherever it starts: nbmake's kernel, a stricter nbmake, the order of the tests."""

from functools import partial

import pytest
from nbclient import NotebookClient
from nbmake import nb_run, pytest_items
from nbmake.nb_result import NotebookError, NotebookResult
from nbmake.nb_run import NotebookRun

from tools.kernels import kernel_settings, prepare
from tools.notebook_checks import check_errors, check_quiet

prepare()


class StrictRun(NotebookRun):
    """A run that fails for warnings and missing glyphs, too, and for errors that do not come."""

    def execute(self) -> NotebookResult:
        """Run the notebook; name what nbmake would not have noticed."""
        result = super().execute()
        problems = [*check_errors(result.nb), *check_quiet(result.nb)]
        if result.error is None and problems:
            error = NotebookError(problems[0], "\n".join(problems), failing_cell_index=-1)
            return NotebookResult(result.nb, error)
        return result


pytest_items.NotebookRun = StrictRun
nb_run.NotebookClient = partial(NotebookClient, config=kernel_settings())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first, so that the processes end at about the same time."""
    items.sort(
        key=lambda item: (
            not (hasattr(item, "nbmake") or item.get_closest_marker("slow") is not None)
        )
    )
