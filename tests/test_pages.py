"""The notebooks' HTML pages in a real browser: complete, offline, accessible, printable."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests import lab
from tools.notebooks import FOLDER, read
from tools.pages import html_page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

PATHS = sorted(FOLDER.glob("*.ipynb"))
# What axe-core's rules ask for beyond WCAG is advice; these levels are the standard.
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
PICTURES = """() => [...document.images].map(image => ({
  alt: image.alt, width: image.naturalWidth, source: image.src.slice(0, 60)}))"""
A4_WIDTH = 718  # CSS pixels between margins of 1 cm
CUT = """() => [...document.querySelectorAll('pre, table, img')]
  .filter(place => place.scrollWidth > place.clientWidth + 1
    || place.getBoundingClientRect().right > innerWidth)
  .map(place => place.innerText?.slice(0, 80) || place.alt)"""
LEVELS = """() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(
  heading => Number(heading.tagName[1]))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages of the notebooks as they are committed."""
    folder = tmp_path_factory.mktemp("pages")
    for path in PATHS:
        page = html_page(read(path), path.stem, path.parent)
        (folder / f"{path.stem}.html").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with lab.browser() as chromium:
        yield chromium


@pytest.fixture(params=[path.stem for path in PATHS])
def page(
    folder: Path, browser: "sync_api.Browser", request: pytest.FixtureRequest
) -> Iterator["sync_api.Page"]:
    """Open a page; fail on any request, error or message of its own."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    noises: list[str] = []
    page.on("request", lambda request: noises.append(request.url))
    page.on("console", lambda message: noises.append(message.text))
    page.on("pageerror", lambda error: noises.append(str(error)))
    address = (folder / f"{request.param}.html").as_uri()
    page.goto(address)
    yield page
    own, *noises = noises
    assert own == address
    assert [noise[:200] for noise in noises if not noise.startswith("data:")] == []
    page.close()


def test_every_picture_is_there_and_described(page: "sync_api.Page") -> None:
    pictures = page.evaluate(PICTURES)
    assert len(pictures) >= 4
    described = re.compile("[\u4e00-\u9fff]")  # nbconvert has an English text for none
    assert [p for p in pictures if not p["width"] or not described.search(p["alt"])] == []


def test_headings_go_down_one_level_at_a_time(page: "sync_api.Page") -> None:
    levels = page.evaluate(LEVELS)
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(second - first <= 1 for first, second in pairwise(levels))


def test_axe_finds_no_barrier(page: "sync_api.Page") -> None:
    found = axe.Axe().run(page, options=STANDARD).response["violations"]
    assert [barriers(rule) for rule in found] == []


def barriers(rule: dict) -> str:
    """Return what a rule of axe-core found, in a few lines."""
    places = [f"  {node['html'][:200]}\n  {node['failureSummary']}" for node in rule["nodes"][:3]]
    return "\n".join([f"{rule['id']} ({len(rule['nodes'])}): {rule['help']}", *places])


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(page: "sync_api.Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_can_be_printed_and_nothing_is_cut(page: "sync_api.Page") -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    assert page.evaluate(CUT) == []
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 10


def test_links_lead_to_places_that_are_there(page: "sync_api.Page", folder: Path) -> None:
    for link in page.evaluate("[...document.links].map(link => link.getAttribute('href'))"):
        if link.startswith("#"):
            found = "id => document.getElementById(id) != null"
            assert page.evaluate(f"link => ({found})(decodeURIComponent(link.slice(1)))", link)
        elif not re.match(r"https?:", link):
            assert (folder / link.split("#")[0]).exists(), link
