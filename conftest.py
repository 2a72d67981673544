"""For pytest, wherever it starts: the kernel for nbmake, and the order of the tests."""

import pytest

from tools.kernels import prepare

prepare()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first, so that two processes end at about the same time."""
    items.sort(
        key=lambda item: (
            not (hasattr(item, "nbmake") or item.get_closest_marker("slow") is not None)
        )
    )
