"""The explorer's page in Chromium: its numbers are PyTorch's, and everyone can use it."""

import base64
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from scipy.stats import kstest
from sklearn.datasets import load_wine
from torch import nn
from torch.nn import functional

from day38 import IrisMLP, Predictor, Snapshots, TabularData, load_iris, split_table, train
from day38.explorer import explore
from day38.layers import layers_of
from tools.browser import browser as started_browser

pytestmark = pytest.mark.browser

EXAMPLE = [6.2, 2.2, 4.5, 1.5]  # row 8 of the test set
HOSTILE = ["</script><script>window.hacked = 1</script>", "' \" <b onclick='x'>", "两行\n文字"]
ALL_NUMBERS = """({ epochs, offs, rows }) => epochs.map(epoch => offs.map(off => {
  explorer.set({ epoch, off });
  return { accuracy: explorer.accuracy, loss: explorer.loss, answers: rows.map(row => {
    explorer.set({ row });
    return [explorer.probabilities, explorer.activations.flat()];
  }) };
}))"""
GRADIENTS = """() => {
  const { plan } = state.run, gradient = new Float64Array(plan.count);
  gradients(plan, frameNow().numbers, state.run.inputs.train, kinds.train, state.off,
    makeRoom(plan, kinds.train.length), gradient);
  return [...gradient];
}"""


@pytest.fixture(scope="module")
def iris() -> TabularData:
    return load_iris()


@pytest.fixture(scope="module")
def wine() -> TabularData:
    table = load_wine(as_frame=True)
    return split_table(table.data, [f"酒 {kind}" for kind in table.target], title="葡萄酒")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


def trained(model: nn.Module, data: TabularData, epochs: int = 400) -> Snapshots:
    """Return snapshots at the epochs 0, 100 … 400."""
    snapshots = Snapshots(model)
    options = {"learning_rate": 0.2, "record_every": 100, "progress": False}
    train(model, [data.train], epochs=epochs, on_record=snapshots, **options)
    return snapshots


def chain(*sizes: int, activation: Callable = nn.ReLU, norm: bool = False) -> nn.Sequential:
    torch.manual_seed(42)
    steps: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        steps += [nn.Linear(inputs, outputs), *([nn.BatchNorm1d(outputs)] if norm else [])]
        steps.append(activation())
    return nn.Sequential(*steps[: -2 if norm else -1])


def redrawn(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def until(page: Page, condition: str) -> None:
    """Wait for a condition; the page's policy forbids Playwright's own way of asking."""
    while not page.evaluate(condition):
        page.evaluate("() => new Promise(done => setTimeout(done, 50))")


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path, iris: TabularData):
    """Return a function that opens an explorer's page; in the end, nobody may have complained."""
    pages, noises = [], []

    def open_it(shown=None, data=None, link="", **options) -> Page:
        shown = trained(chain(4, 10, 3), iris) if shown is None else shown
        path = explore(shown, data or iris).save(tmp_path / "页.html")
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 720}, **options})
        page.on("request", lambda request: noises.append(request.url))
        page.on("console", lambda message: noises.append(message.text))
        page.on("pageerror", lambda error: noises.append(str(error)))
        page.goto(path.as_uri() + link)
        assert noises.pop(0).startswith(path.as_uri())
        pages.append(page)
        return page

    yield open_it
    assert [noise for noise in noises if not noise.startswith(("data:", "file:"))] == []
    for page in pages:
        page.close()


@pytest.mark.parametrize(
    ("name", "model", "offs"),
    [
        ("iris", chain(4, 10, 3), [[[]], [[0]], [[1, 9]]]),
        ("iris", chain(4, 3), [[]]),
        ("iris", chain(4, 1, 3), [[[]], [[0]]]),
        ("iris", chain(4, 32, 32, 32, 3, activation=nn.LeakyReLU), [[[], [0, 31], [5]]]),
        ("iris", chain(4, 10, 8, 3, norm=True), [[[], []], [[2], [7]]]),
        ("wine", chain(13, 16, 16, 3, activation=nn.Tanh), [[[], []], [[0, 3], [15]]]),
        ("wine", chain(13, 9, 3, activation=nn.Sigmoid), [[[4]]]),
    ],
)
def test_all_numbers_are_those_of_pytorch(name, model, offs, request, open_page) -> None:
    data = request.getfixturevalue(name)
    snapshots = trained(model, data, epochs=100)
    page = open_page(snapshots, data)
    inputs = torch.cat([data.train[0], data.test[0]])
    targets = torch.cat([data.train[1], data.test[1]])
    rows = data.scaling.measured(inputs.double().numpy())
    asked = {"epochs": list(snapshots), "offs": offs, "rows": rows.tolist()}
    for snapshot, results in zip(
        snapshots.values(), page.evaluate(ALL_NUMBERS, asked), strict=True
    ):
        for off, result in zip(offs, results, strict=True):
            logits, passed = with_units_off(layers_of(snapshot, data.train[0]), inputs, off)
            probabilities = logits.softmax(dim=1)
            shown, shown_passed = zip(*result["answers"], strict=True)
            assert numpy.abs(numpy.array(shown) - probabilities.numpy()).max() <= 1e-5
            assert numpy.allclose(numpy.array(shown_passed), passed.numpy(), rtol=0, atol=1e-5)
            count = len(data.train[0])
            expected = functional.cross_entropy(logits[:count], targets[:count]).item()
            assert result["loss"] == pytest.approx(expected, abs=1e-5)
            right = (logits.argmax(dim=1) == targets).double()
            shares = {"train": right[:count].mean().item(), "test": right[count:].mean().item()}
            assert result["accuracy"] == pytest.approx(shares)


def with_units_off(layers: nn.Sequential, inputs: torch.Tensor, off: list) -> tuple:
    """Return logits and what all hidden layers pass on, in one row, some units being off."""
    linear = [place for place, step in enumerate(layers) if isinstance(step, nn.Linear)]
    passed, values = [torch.zeros(len(inputs), 0)], inputs
    for layer, (start, end) in enumerate(pairwise([0, *linear[1:], len(layers)])):
        values = layers[start:end](values)
        if layer < len(off):
            values[:, off[layer]] = 0
            passed.append(values)
    return values, torch.cat(passed, dim=1)


@pytest.mark.parametrize(
    ("name", "model", "rate", "lengths"),
    [
        ("iris", chain(4, 10, 3), 0.01, (1, 100, 2_000, 20_000)),
        ("wine", chain(13, 16, 16, 3, activation=nn.Tanh), 0.05, (1, 500)),
    ],
)
def test_training_in_the_page_is_pytorchs(name, model, rate, lengths, request, open_page) -> None:
    data = request.getfixturevalue(name)
    page = open_page({0: model}, data)
    loss = functional.cross_entropy(model(data.train[0]), data.train[1])
    loss.backward()
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    assert numpy.abs(numpy.array(page.evaluate(GRADIENTS)) - expected.numpy()).max() <= 1e-6
    done = 0
    for length in lengths:
        steps = {"steps": length - done, "rate": rate}
        train(model, [data.train], epochs=length - done, learning_rate=rate, progress=False)
        page.evaluate("steps => explorer.train(steps)", steps)
        with torch.no_grad():
            loss = functional.cross_entropy(model(data.train[0]), data.train[1]).item()
        assert page.evaluate("explorer.loss") == pytest.approx(loss, abs=1e-4)
        done = length
    assert page.evaluate("explorer.state.epoch") == done
    page.evaluate("explorer.set({ epoch: 0 })")
    assert page.evaluate("explorer.state.numbers === undefined")  # the film again


def test_a_unit_that_is_off_stays_off_while_it_trains(iris, open_page) -> None:
    model = chain(4, 10, 3)
    page = open_page({0: model})
    page.evaluate("explorer.set({ off: [2, 5] }); explorer.train({ steps: 50, rate: 0.1 })")
    until(page, "explorer.state.epoch == 50")
    mask = torch.ones(10).index_fill(0, torch.tensor([2, 5]), 0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(51):
        passed = model[1](model[0](iris.train[0])) * mask
        loss = functional.cross_entropy(model[2](passed), iris.train[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert page.evaluate("explorer.loss") == pytest.approx(loss.item(), abs=1e-6)
    assert page.evaluate("[2, 5].map(unit => explorer.activations[unit])") == [0, 0]


def test_new_weights_are_drawn_as_nn_linear_draws_them(wine, open_page) -> None:
    page = open_page(chain(13, 16, 3), wine)
    drawn = [
        page.evaluate("seed => { explorer.restart({ seed }); return explorer.state.numbers }", seed)
        for seed in range(20)
    ]
    numbers = numpy.array([numpy.frombuffer(base64.b64decode(text)) for text in drawn])
    for part, inputs in ((numbers[:, : 14 * 16], 13), (numbers[:, 14 * 16 :], 16)):
        assert kstest(part.ravel() * inputs**0.5, "uniform", args=(-1, 2)).pvalue > 1e-3
    page.evaluate("explorer.restart({ seed: 3, width: 5, scaling: 'standard' })")
    assert page.evaluate("explorer.activations.length") == 5
    page.evaluate("explorer.train({ steps: 300, rate: 0.1 })")
    until(page, "explorer.state.epoch == 300")
    assert page.evaluate("explorer.accuracy.train") > 0.9


def test_a_diverging_training_says_so_and_stops(iris, open_page) -> None:
    page = open_page(chain(4, 10, 3))
    page.evaluate("explorer.train({ steps: 5000, rate: 1e6 })")
    until(page, "find('counters').textContent.includes('发散')")
    assert all(abs(share) <= 1 for share in page.evaluate("explorer.probabilities"))
    assert "NaN" not in page.locator("body").inner_text()


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
        [12345.6, 100, 0.00001, 100],
    ],
)
def test_a_row_far_outside_is_told_in_the_words_of_the_predictor(row, iris, open_page) -> None:
    compare_words(row, Predictor(chain(4, 10, 3), iris), iris, open_page)


def test_two_swapped_columns_of_many_are_told_in_the_same_words(wine, open_page) -> None:
    row = wine.scaling.measured(wine.test[0][:1].double().numpy())[0]
    row[[0, 12]] = row[[12, 0]]
    predictor = Predictor(chain(13, 16, 3), wine)
    assert "“alcohol”和“proline”两列像是对调了" in predictor.check_range(row)[0]
    compare_words(row.tolist(), predictor, wine, open_page)


def compare_words(row: list, predictor: Predictor, data: TabularData, open_page) -> None:
    page = open_page(predictor, data)
    page.evaluate("row => explorer.set({ row })", row)
    redrawn(page)
    problem = predictor.check_range(row).get(0)
    expected = f"这个答案不可信：{problem}" if problem else ""
    assert page.locator("#warning").text_content() == expected


def test_a_link_brings_the_same_back_and_a_broken_one_says_so(open_page) -> None:
    page = open_page()
    page.evaluate("explorer.restart({ seed: 5, width: 6, scaling: 'signed' })")
    page.evaluate("explorer.train({ steps: 30, rate: 0.5 })")
    until(page, "explorer.state.epoch == 30")
    page.evaluate("row => explorer.set({ row, axes: [0, 3], off: [1, 4] })", EXAMPLE)
    redrawn(page)
    told = "[explorer.state, explorer.probabilities, explorer.loss]"
    before, link = page.evaluate(told), page.evaluate("'#' + linkText()")
    opened = open_page(link=link)
    assert opened.evaluate(told) == before
    for broken in (
        link[:-9],
        link[:50] + ("B" if link[50] == "C" else "C") + link[51:],
        "#x",
        link[:200] + "." + link[-6:],
    ):
        page = open_page(link=broken)
        redrawn(page)
        assert page.locator("#said").text_content().startswith("链接不完整")
        assert page.evaluate("explorer.state.epoch") == 400


def test_a_thousand_random_actions_leave_it_working(open_page) -> None:
    page, chance = open_page(), random.Random(38)
    keys = ["Tab", "Shift+Tab", "Enter", " ", "Escape", "ArrowRight", "ArrowDown", "Home", "End"]
    texts = ["4,5", "-3", "1e999", "１．５", "abc", "", "<b>", "1e5", "NaN"]
    for _ in range(1000):
        x, y = chance.randrange(1280), chance.randrange(720)
        action = chance.randrange(7)
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
            fields = page.locator(".field:visible")
            fields.nth(chance.randrange(fields.count())).focus()
            page.keyboard.type(chance.choice(texts))
        elif action == 5:
            page.mouse.wheel(0, chance.randrange(-200, 200))
        else:
            id = chance.choice(["go", "one", "hundred", "play", "back", "again", "next-wrong"])
            page.evaluate("id => find(id).click()", id)
    assert "NaN" not in page.locator("body").inner_text()
    assert sum(page.evaluate("explorer.probabilities")) == pytest.approx(1)
    page.locator("#reset").click()
    redrawn(page)
    assert page.evaluate("explorer.state.epoch") == 400
    assert page.locator("#field0").input_value() == "5.75"


def test_the_keyboard_alone_reaches_everything(open_page) -> None:
    page, reached = open_page(), []
    for _ in range(70):
        page.keyboard.press("Tab")
        name = page.evaluate("[document.activeElement.id, document.activeElement.className].join()")
        if "unit" in name and not any("unit" in other for other in reached):
            page.keyboard.press("Enter")
            redrawn(page)
            assert page.evaluate("explorer.activations[0]") == 0
            assert page.locator(".unit").first.get_attribute("aria-pressed") == "true"
            assert "h1 怎样算出来" in page.locator("#sum-title").text_content()
            page.keyboard.press("Enter")
        reached.append(name)
    for control in ("play", "epoch", "choice", "next-wrong", "reset", "carried", "copy", "theme",
                    "go", "one", "hundred", "rate", "again", "up", "across", "speed"):  # fmt: skip
        assert any(name.startswith(control + ",") for name in reached), control
    assert sum("unit" in name for name in reached) >= 10


def test_a_finger_looks_first_and_switches_with_the_second_tap(open_page) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    unit = page.locator(".unit").nth(2)
    unit.tap()
    redrawn(page)
    assert page.evaluate("explorer.state.off[0]") == []
    assert "h3 怎样算出来" in page.locator("#sum-title").text_content()
    unit.tap()
    assert page.evaluate("explorer.state.off[0]") == [2]
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, input')].filter(part => part.offsetHeight"
        " && part.type != 'checkbox' && part.getBoundingClientRect().height < 43.5).map(p => p.id)"
    )
    assert small == []


def test_a_row_is_clicked_dragged_and_written_and_a_weight_edited(open_page) -> None:
    page = open_page()
    page.locator("#next-wrong").click()
    redrawn(page)
    assert "✗ 答错" in page.locator("#truth").text_content()
    box = page.locator("#marks").bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
    page.mouse.up()
    redrawn(page)
    assert page.locator("#field2").input_value() == "3.8"
    assert "数已改动" in page.locator("#truth").text_content()
    page.locator("#choice").select_option("128")
    redrawn(page)
    row = [float(page.locator(f"#field{i}").input_value()) for i in range(4)]
    assert row == EXAMPLE
    before = page.evaluate("explorer.probabilities")
    page.locator("#rows input").first.fill("−3,5")
    page.keyboard.press("Tab")
    assert page.evaluate("explorer.probabilities") != before
    page.locator("#field1").fill("abc")
    assert page.locator("#field1").get_attribute("aria-invalid") == "true"
    page.locator("#reset").click()
    redrawn(page)
    assert page.evaluate("[explorer.state.epoch, explorer.state.chosen, state.run.own]") == [
        400,
        -1,
        False,
    ]


def test_a_dead_unit_is_dead_for_the_training_rows(iris, open_page) -> None:
    model = IrisMLP()
    model.hidden.bias.data[3] = -100
    page = open_page(model)
    page.locator(".unit").nth(3).hover()
    redrawn(page)
    assert "死亡" in page.locator(".unit").nth(3).text_content()
    assert "对训练集的这 120 朵" in page.locator("#note").text_content()
    assert not page.locator("#play").is_visible()  # a single model has no training to play back


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_training_is_played_back_by_itself_unless_motion_is_unwanted(motion, open_page) -> None:
    page = open_page(reduced_motion=motion)
    page.locator("#speed").select_option("1")
    page.locator("#play").click()
    redrawn(page)
    if motion == "reduce":
        for text in ("第 0 轮", "第 100 轮"):
            until(page, f"find('epoch-text').textContent == '{text}'")
            page.locator("#play").click()
    else:
        until(page, "find('epoch-text').textContent != '第 400 轮'")
        until(page, "find('epoch-text').textContent == '第 400 轮'")


def test_hostile_names_stay_text(iris, open_page) -> None:
    rows = iris.scaling.measured(iris.train[0].double().numpy())[:, :3]
    labels = [HOSTILE[kind] for kind in iris.train[1]]
    data = split_table(rows, labels, feature_names=HOSTILE, title=HOSTILE[0])
    page = open_page(chain(3, 4, 3), data)
    assert page.evaluate("window.hacked === undefined")
    assert HOSTILE[0] in page.locator("#output").inner_text()


@pytest.mark.parametrize("width", [318, 390, 600, 720, 900, 1130])
def test_the_page_fits_a_notebooks_frame(width, browser, iris) -> None:
    page = browser.new_page(viewport={"width": width + 16, "height": 900})
    page.set_content(explore(trained(chain(4, 10, 3), iris), iris)._repr_html_())
    frame = page.frames[1]
    frame.wait_for_selector(".answer")
    frame.evaluate("[1, 2, 3].forEach(unit => units[0][unit].box.click())")
    frame.evaluate("row => explorer.set({ row })", [62, 22, 45, 15])
    frame.evaluate("find('copy').click()")
    redrawn(frame)
    hidden = "(root => [root.scrollHeight - innerHeight, root.scrollWidth - innerWidth])"
    assert max(frame.evaluate(hidden + "(document.documentElement)")) <= 0
    assert "save" in frame.locator("#said").text_content()  # there is neither address nor clipboard
    page.close()


@pytest.mark.parametrize("width", [320, 390, 820, 1024, 1440])
def test_nothing_serious_stands_in_the_way_of_anyone(width, open_page) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.locator("#next-wrong").click()
    page.evaluate("explorer.set({ row: [62, 22, 45, 15] }); find('again').click()")
    page.locator(".unit").first.click()
    for theme in ("dark", "light"):  # as a page around it says
        page.evaluate("theme => postMessage({ day38: theme }, '*')", theme)
        until(page, f"document.documentElement.dataset.theme == '{theme}'")
        redrawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
        found = Axe().run(page, options=options).response["violations"]
        told = [(one["id"], one["nodes"][0]["target"], one["impact"]) for one in found]
        assert [one for one in told if one[2] in ("serious", "critical")] == []


@pytest.mark.parametrize("width", [390, 1920])
def test_print_is_light_and_one_page_from_any_window(width, open_page) -> None:
    page = open_page(color_scheme="dark", viewport={"width": width, "height": 800})
    content = page.pdf(prefer_css_page_size=True)
    assert content.count(b"/Type /Page\n") == 1
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate("document.body.scrollHeight") <= 718
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(background) == "rgb(18, 22, 27)"
