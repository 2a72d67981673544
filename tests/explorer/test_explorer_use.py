"""The explorer's page in Chromium: everyone can use it, anywhere."""

import random

import pytest
from axe_playwright_python.sync_playwright import Axe

from day38 import IrisMLP, split_table
from day38.explorer import explore
from tests.explorer.networks import chain, redrawn, trained, until

pytestmark = pytest.mark.browser

EXAMPLE = [6.2, 2.2, 4.5, 1.5]  # row 8 of the test set
HOSTILE = ["</script><script>window.hacked = 1</script>", "' \" <b onclick='x'>", "两行\n文字"]


def test_a_link_brings_the_same_back_and_a_broken_one_says_so(open_page) -> None:
    page = open_page()
    page.evaluate("explorer.restart({ seed: 5, width: 6, scaling: 'signed' })")
    page.evaluate("explorer.train({ steps: 30, rate: 0.5 })")
    page.evaluate("row => explorer.set({ row, axes: [0, 3], off: [1, 4] })", EXAMPLE)
    told = "[explorer.state, explorer.probabilities, explorer.loss]"
    before, link = page.evaluate(told), page.evaluate("'#' + linkText()")
    assert before[0]["epoch"] == 30
    assert open_page(link=link).evaluate(told) == before
    other = link[:50] + ("B" if link[50] == "C" else "C") + link[51:]
    for broken in (link[:-9], other, "#x", link[:200] + "." + link[-6:]):
        page = open_page(link=broken)
        redrawn(page)
        assert page.locator("#said").text_content().startswith("链接不完整")
        assert page.evaluate("explorer.state.epoch") == 400


# Of the fields that are seen now; a moment later others may stand there.
FOCUS = """share => {
  const fields = [...document.querySelectorAll(".field")].filter(field => field.checkVisibility());
  fields[Math.floor(share * fields.length)].focus();
}"""


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
            page.evaluate(FOCUS, chance.random())
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
    touched = page.locator("button, select, input:not([type=checkbox])")
    heights = touched.evaluate_all("parts => parts.map(part => [part.id, part.offsetHeight])")
    assert [(name, height) for name, height in heights if 0 < height < 44] == []


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
    assert [float(page.locator(f"#field{i}").input_value()) for i in range(4)] == EXAMPLE
    before = page.evaluate("explorer.probabilities")
    page.locator("#rows input").first.fill("−3,5")
    page.keyboard.press("Tab")
    assert page.evaluate("explorer.probabilities") != before
    page.locator("#field1").fill("abc")
    assert page.locator("#field1").get_attribute("aria-invalid") == "true"
    page.locator("#reset").click()
    redrawn(page)
    told = page.evaluate("[explorer.state.epoch, explorer.state.chosen, state.run.own]")
    assert told == [400, -1, False]


def test_a_dead_unit_is_dead_for_the_training_rows(open_page) -> None:
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
    if motion == "reduce":
        for text in ("第 0 轮", "第 100 轮"):
            until(page, f"find('epoch-text').textContent == '{text}'")
            page.locator("#play").click()
    else:
        until(page, "find('epoch-text').textContent != '第 400 轮'")
        until(page, "find('epoch-text').textContent == '第 400 轮'")


def test_hostile_names_stay_text(iris, open_page) -> None:
    rows, labels = iris.train[0][:, :3].numpy(), [HOSTILE[kind] for kind in iris.train[1]]
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
    frame.evaluate("explorer.set({ row: [62, 22, 45, 15] }); find('copy').click()")
    redrawn(frame)
    hidden = "root => [root.scrollHeight - innerHeight, root.scrollWidth - innerWidth]"
    assert max(frame.locator("html").evaluate(hidden)) <= 0
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
