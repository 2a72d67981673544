"""The explorer's page in Chromium: its numbers are PyTorch's, and everyone can use it."""

import copy
import random
from collections.abc import Iterator

import numpy
import pytest
import torch
from playwright.sync_api import Browser, Page

from day38 import IrisMLP, Predictor, TabularData, load_iris, train
from day38.explorer import explore
from tools.browser import browser as started_browser

pytestmark = pytest.mark.browser

EXAMPLE = [6.2, 2.2, 4.5, 1.5]  # row 8 of the test set
ALL_NUMBERS = """({ epochs, offs, rows }) => epochs.map(epoch => offs.map(off => {
  explorer.set({ epoch, off });
  const answers = rows.map(row => {
    explorer.set({ row });
    return [explorer.probabilities, explorer.activations];
  });
  return { answers, accuracy: explorer.accuracy };
}))"""


@pytest.fixture(scope="module")
def iris() -> TabularData:
    return load_iris()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


def trained(iris: TabularData, hidden: int = 10) -> dict[int, IrisMLP]:
    """Return snapshots at the epochs 0, 100 … 400."""
    torch.manual_seed(42)
    model = IrisMLP(hidden=hidden)
    snapshots = {0: copy.deepcopy(model)}

    def keep(epoch: int, model: IrisMLP, _: object) -> None:
        snapshots[epoch] = copy.deepcopy(model)

    options = {"learning_rate": 0.2, "record_every": 100, "progress": False}
    train(model, [iris.train], epochs=400, on_record=keep, **options)
    return snapshots


@pytest.fixture
def open_page(browser, tmp_path, iris):
    """Return a function that opens an explorer's page; in the end, nobody may have complained."""
    pages, noises = [], []

    def open_it(shown=None, **options) -> Page:
        path = explore(trained(iris) if shown is None else shown, iris).save(tmp_path / "页.html")
        page = browser.new_page(**{"viewport": {"width": 1024, "height": 720}, **options})
        page.on("request", lambda request: noises.append(request.url))
        page.on("console", lambda message: noises.append(message.text))
        page.on("pageerror", lambda error: noises.append(str(error)))
        page.goto(path.as_uri())
        assert noises.pop(0) == path.as_uri()
        pages.append(page)
        return page

    yield open_it
    assert [noise for noise in noises if noise != "data:,"] == []
    for page in pages:
        page.close()


def redrawn(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


@pytest.mark.parametrize("hidden", [1, 10, 32])
def test_all_numbers_are_those_of_pytorch(hidden: int, iris, open_page) -> None:
    snapshots = trained(iris, hidden)
    inputs = torch.cat([iris.train[0], iris.test[0]])
    targets = torch.cat([iris.train[1], iris.test[1]])
    rows = iris.scaler.inverse_transform(inputs.double().numpy()).round(1)
    offs = [[], [0], [0, hidden - 1]]
    page = open_page(snapshots)
    request = {"epochs": list(snapshots), "offs": offs, "rows": rows.tolist()}
    for model, results in zip(snapshots.values(), page.evaluate(ALL_NUMBERS, request), strict=True):
        for off, result in zip(offs, results, strict=True):
            with torch.no_grad():
                activations = model.hidden(inputs).relu()
                activations[:, off] = 0
                probabilities = model.output(activations).softmax(dim=1)
            shown, shown_activations = zip(*result["answers"], strict=True)
            assert numpy.abs(numpy.array(shown) - probabilities.numpy()).max() <= 1e-5
            assert numpy.abs(numpy.array(shown_activations) - activations.numpy()).max() <= 1e-5
            right = probabilities.argmax(dim=1) == targets
            assert result["accuracy"] == {
                "train": right[:120].sum().item() / 120,
                "test": right[120:].sum().item() / 30,
            }


@pytest.mark.parametrize(
    "row",
    [
        EXAMPLE,
        [62, 22, 45, 15],
        [2.44, 0.87, 1.77, 0.59],
        [0.062, 0.022, 0.045, 0.015],
        [0.5, 0.1, 0.6, 0.6],
        [1.5, 4.5, 2.2, 6.2],
        [2.2, 6.2, 4.5, 1.5],
        [100, 100, 100, 100],
    ],
)
def test_a_row_far_outside_is_told_in_the_words_of_the_predictor(row, iris, open_page) -> None:
    page = open_page(IrisMLP())
    page.evaluate("row => explorer.set({ row })", row)
    redrawn(page)
    problem = Predictor(IrisMLP(), iris).check_range(row).get(0)
    expected = f"这个答案不可信：{problem}" if problem else ""
    assert page.locator("#warning").text_content() == expected


def test_a_thousand_random_actions_leave_it_working(open_page) -> None:
    page, chance = open_page(), random.Random(38)
    keys = ["Tab", "Shift+Tab", "Enter", " ", "Escape", "ArrowRight", "ArrowDown", "Home", "End"]
    texts = ["4,5", "-3", "1e999", "１．５", "abc", "", "<b>", "1e5", "NaN"]
    for _ in range(1000):
        x, y = chance.randrange(1024), chance.randrange(720)
        action = chance.randrange(6)
        if action == 0:
            page.mouse.click(x, y)
        elif action == 1:
            page.mouse.move(x, y)
        elif action == 2:
            page.mouse.down()
            page.mouse.move(x, y)
            page.mouse.up()
        elif action == 3:
            page.keyboard.press(chance.choice(keys))
        elif action == 4:
            page.locator(".input input").nth(chance.randrange(8)).focus()
            page.keyboard.type(chance.choice(texts))
        else:
            page.mouse.wheel(0, chance.randrange(-200, 200))
    probabilities = page.evaluate("explorer.probabilities")
    assert sum(probabilities) == pytest.approx(1)
    page.evaluate("row => explorer.set({ row, off: [] })", EXAMPLE)
    redrawn(page)
    assert page.locator("#field0").input_value() == "6.2"


def test_the_keyboard_alone_reaches_everything(open_page) -> None:
    page, reached = open_page(), []
    for _ in range(27):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "[document.activeElement.id, document.activeElement.className,"
            " document.activeElement.type, document.activeElement.parentElement.className].join()"
        )
        if "unit" in name and not any("unit" in other for other in reached):
            page.keyboard.press("Enter")
            redrawn(page)
            assert page.evaluate("explorer.activations[0]") == 0
            assert page.locator(".unit").first.get_attribute("aria-pressed") == "true"
            assert "全开" in page.locator("#train").text_content()
            assert "h1 怎样算出来" in page.locator("#sum-title").text_content()
            page.keyboard.press("Enter")
        reached.append(name)
    for control in ("play", "epoch", "choice", "next-wrong", "reset", "carried"):
        assert sum(name.startswith(control + ",") for name in reached) == 1, control
    for kind, count in (("field", 4), ("unit", 10), ("range,input", 4), ("species", 3)):
        assert sum(kind in name for name in reached) == count, kind


def test_a_flower_is_clicked_dragged_and_written(iris, open_page) -> None:
    page = open_page()
    page.locator("#next-wrong").click()
    redrawn(page)
    assert "✗ 答错" in page.locator("#truth").text_content()
    box = page.locator(".answer canvas").nth(1).bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
    page.mouse.up()
    redrawn(page)
    assert page.locator("#field2").input_value() == "3.8"
    assert page.locator("#field3").input_value() == "1.3"
    page.locator("#choice").select_option("128")
    redrawn(page)
    row = [float(page.locator(f"#field{i}").input_value()) for i in range(4)]
    assert row == EXAMPLE
    before = page.evaluate("explorer.probabilities")
    page.locator("#field1").fill("3,5")
    assert page.evaluate("explorer.probabilities") != before
    redrawn(page)
    assert "（数已改动）" in page.locator("#truth").text_content()
    page.locator("#reset").click()
    redrawn(page)
    assert page.locator("#truth").text_content() == ""


def test_a_dead_unit_says_why_nothing_changes(iris, open_page) -> None:
    model = IrisMLP()
    model.hidden.bias.data[3] = -100
    page = open_page(model)
    unit = page.locator(".unit").nth(3)
    assert "dead" in unit.get_attribute("class") and "死亡" in unit.text_content()
    unit.click()
    redrawn(page)
    assert "关掉它，什么也不会变" in page.locator("#note").text_content()
    assert not page.locator("#time").is_visible()  # a single model has no training to play back


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_training_is_played_back_by_itself_unless_motion_is_unwanted(motion, open_page) -> None:
    page = open_page(reduced_motion=motion)
    texts = []
    page.locator("#play").click()
    for _ in range(10):
        page.wait_for_timeout(500)
        texts.append(page.locator("#epoch-text").text_content())
    if motion == "reduce":
        assert set(texts) == {"第 0 轮 epoch"}
        page.locator("#play").click()
        redrawn(page)
        assert page.locator("#epoch-text").text_content() == "第 100 轮 epoch"
    else:
        assert len(set(texts)) > 2 and texts[-1] == "第 400 轮 epoch"


def test_hostile_names_stay_text(iris, open_page) -> None:
    predictor = Predictor(IrisMLP(), iris)
    predictor.classes_ = ("</script><script>window.hacked = 1</script>", "' \" <b>", "two\nlines")
    page = open_page(predictor)
    assert page.evaluate("window.hacked === undefined")
    assert predictor.classes_[0] in page.locator(".answer").first.text_content()


def test_the_page_lives_in_a_notebooks_frame(browser, iris) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.set_content(explore(trained(iris), iris)._repr_html_())
    frame = page.frames[1]
    frame.wait_for_selector(".answer")
    frame.locator(".unit").first.click()
    assert frame.evaluate("explorer.activations[0]") == 0
    hidden_part = "document.documentElement.scrollHeight - innerHeight"
    assert frame.evaluate(hidden_part) <= 20  # hardly anything to scroll inside the frame
    page.close()


@pytest.mark.parametrize("width", [390, 720, 1024, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_anyone(width, scheme, open_page) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.locator("#next-wrong").click()
    page.evaluate("explorer.set({ row: [62, 22, 45, 15] })")
    page.locator(".unit").first.click()
    redrawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    serious = [
        (found["id"], [node["target"] for node in found["nodes"]])
        for found in axe.Axe()
        .run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        .response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_print_is_light_on_a_dark_screen(open_page) -> None:
    page = open_page(color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(18, 22, 27)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(background) == "rgb(18, 22, 27)"
