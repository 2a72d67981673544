"""JupyterLab and a browser for the tests of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.lab import driver
from tests.notebooks.lesson import ROOT
from tools.browser import browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give an empty page; if the test fails, keep a picture of it."""
    # The smallest window that the lesson promises to fit: whatever shows here shows elsewhere.
    page = chromium.new_page(viewport={"width": 1024, "height": 700})
    before = request.session.testsfailed
    yield page
    if request.session.testsfailed > before:
        folder = ROOT / "build" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{request.node.name}.png")
    page.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a JupyterLab on fresh copies of the notebooks; give its address."""
    folder = tmp_path_factory.mktemp("第 38 天")
    with driver.serve(folder, tmp_path_factory.mktemp("log") / "log") as address:
        yield address
