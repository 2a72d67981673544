"""JupyterLab and a browser for the tests of this folder."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from time import sleep

import pytest
from playwright.sync_api import Browser, Page

from tests.lab.driver import CELL_SECONDS
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
        page.screenshot(path=ROOT / "build" / "screenshots" / f"{request.node.name}.png")
    page.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `tools/lab.py` on fresh copies of the notebooks; give the address it prints."""
    work, log = tmp_path_factory.mktemp("第 38 天"), tmp_path_factory.mktemp("log") / "log"
    command = [sys.executable, ROOT / "tools" / "lab.py", "--work", work]
    command += ["--no-browser", "--expose-app-in-browser"]
    with open(log, "w") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        while not (found := re.search(r"(http://\S+)\n", log.read_text(encoding="utf-8"))):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            sleep(0.2)
        yield found[1]
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(CELL_SECONDS) == 0
