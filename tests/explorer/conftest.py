"""A browser, tables, and a function that opens an explorer's page in it."""

from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from playwright.sync_api import Browser, Page
from sklearn.datasets import load_wine

from day38 import TabularData, split_table
from day38.explorer import explore
from tests.explorer.networks import chain, trained
from tools.browser import browser as started_browser


@pytest.fixture(scope="module")
def wine() -> TabularData:
    table = load_wine(as_frame=True)
    return split_table(table.data, [f"酒 {kind}" for kind in table.target], title="葡萄酒")


@pytest.fixture(scope="module")
def narrow() -> TabularData:
    """Return a table whose numbers look alike with four digits, or are as small as scaled ones."""
    rows = numpy.linspace([101_310, 1e-6], [101_340, 5e-6], 60)
    return split_table(rows, numpy.arange(60) % 2)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path, iris: TabularData):
    """Return a function that opens an explorer's page; in the end, nobody may have complained."""
    noises: list[str] = []

    def open_it(shown=None, data=None, link="", **options) -> Page:
        shown = trained(chain(4, 10, 3), iris) if shown is None else shown
        path = explore(shown, data or iris).save(tmp_path / "页.html")
        page = browser.new_page(**options)
        page.on("request", lambda request: noises.append(request.url))
        page.on("console", lambda message: noises.append(message.text))
        page.on("pageerror", lambda error: noises.append(str(error)))
        page.goto(path.as_uri() + link)
        assert noises.pop(0).startswith(path.as_uri())
        return page

    yield open_it
    for context in browser.contexts:
        context.close()
    assert [noise for noise in noises if not noise.startswith(("data:", "file:"))] == []
