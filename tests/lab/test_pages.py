"""The site of `make run` in a browser: complete, offline, accessible, printable."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.notebooks.lesson import PATHS
from tools.pages import write_pages

pytestmark = pytest.mark.browser
STANDARD = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "rules": {"empty-table-header": {"enabled": False}},  # the corner of each pandas table
    "iframes": False,  # the explorer has its own tests
}
A4_WIDTH = 718  # CSS pixels between margins of 1 cm
CUT = """() => [...document.querySelectorAll('pre, table, img')]
  .filter(place => place.scrollWidth > place.clientWidth + 1
    || place.getBoundingClientRect().right > innerWidth)
  .map(place => place.innerText?.slice(0, 80) || place.alt)"""
UNTOLD = """() => document.querySelectorAll('iframe:not([title])').length
  + [...document.images].filter(image => !image.naturalWidth || image.alt.length < 9).length"""
TEXT_WIDTH = """() => Math.max(...[...document.querySelectorAll('main p')].map(
  text => text.getBoundingClientRect().width / parseFloat(getComputedStyle(text).fontSize)))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages of the notebooks as they are committed."""
    folder = tmp_path_factory.mktemp("site")
    write_pages(PATHS, folder)
    return folder


@pytest.fixture(params=["index", *(path.stem for path in PATHS)])
def shown(site: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a page; fail on any request to elsewhere, error or message of its own."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    noises: list[str] = []
    page.on("request", lambda request: noises.append(request.url))
    page.on("console", lambda message: noises.append(message.text))
    page.on("pageerror", lambda error: noises.append(str(error)))
    page.goto((site / f"{request.param}.html").as_uri())
    yield page
    page.close()
    own = (site.as_uri(), "data:", "about:srcdoc")
    assert [noise[:200] for noise in noises if not noise.startswith(own)] == []


def test_it_has_a_chinese_title_pictures_with_words_and_the_living_network(shown: Page) -> None:
    assert re.search("[\u4e00-\u9fff]", shown.title())
    assert shown.evaluate(UNTOLD) == 0
    if "index" in shown.url:
        shown.frame_locator("iframe").locator("#play").click()
    else:
        assert shown.locator("nav li").count() == shown.locator("main h2").count()
        assert shown.locator("details[open]").count() == 0 < shown.locator("details").count()
    assert shown.evaluate(TEXT_WIDTH) <= 49


def test_axe_finds_no_barrier(shown: Page) -> None:
    found = Axe().run(shown, options=STANDARD).response["violations"]
    told = [(rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in found]
    assert told == []


def test_it_fits_phone_and_paper(shown: Page) -> None:
    shown.set_viewport_size({"width": 390, "height": 800})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    shown.emulate_media(media="print")
    shown.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    shown.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert shown.evaluate(CUT) == []


def test_links_lead_to_places_that_are_there(shown: Page, site: Path) -> None:
    for link in shown.evaluate("[...document.links].map(link => link.getAttribute('href'))"):
        if not link.startswith("https:"):
            name, _, anchor = link.partition("#")
            text = (site / (name or Path(shown.url).name)).read_text(encoding="utf-8")
            assert not anchor or f'id="{anchor}"' in text, link
