"""The page that predicts in the browser: it computes what PyTorch does, alone and by keyboard."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from sklearn import datasets

from day38 import IrisData, Predictor
from day38.predict_command import MODEL
from tests import lab
from tests.helpers import chinese_error, new_model

FLOWERS = datasets.load_iris().data
sync_api = pytest.importorskip("playwright.sync_api")


def test_the_page_is_one_file_that_loads_nothing(tmp_path: Path) -> None:
    path = Predictor.load(MODEL).to_html(tmp_path / "iris.html")
    text = path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
    assert len(text) < 20_000
    assert not re.search(r"https?:|//\w+\.|\bsrc=|@import|url\(|fetch\(|XMLHttp", text)
    assert "default-src 'none'" in text and 'lang="zh-CN"' in text
    assert "MODEL_AS_JSON" not in text


def test_names_cannot_break_the_page(iris: IrisData, tmp_path: Path) -> None:
    predictor = Predictor(new_model(), iris)
    predictor.classes_ = ("</script><script>alert(1)</script>", "b & c", '"')
    text = predictor.to_html(tmp_path / "iris.html").read_text(encoding="utf-8")
    assert text.count("</script>") == 2
    model = re.search(r'id="model">(.*?)</script>', text, re.DOTALL)
    assert model and [kind["name"] for kind in json.loads(model[1])["classes"]] == list(
        predictor.classes_
    )


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with chinese_error(FileNotFoundError, "没有文件夹"):
        Predictor.load(MODEL).to_html(tmp_path / "missing" / "iris.html")


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with lab.browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser: "sync_api.Browser", tmp_path: Path) -> Iterator["sync_api.Page"]:
    """Open the page of the shipped model; fail on any request, error or message of its own."""
    path = Predictor.load(MODEL).to_html(tmp_path / "鸢尾花.html")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    noises: list[str] = []
    page.on("request", lambda request: noises.append(request.url))
    page.on("console", lambda message: noises.append(message.text))
    page.on("pageerror", lambda error: noises.append(str(error)))
    page.goto(path.as_uri())
    yield page
    own, *noises = noises
    assert own == path.as_uri()
    assert [noise for noise in noises if not noise.startswith("data:,")] == []
    page.close()


def shown(page: "sync_api.Page") -> list[float]:
    """Return the probabilities that can be read on the page."""
    texts = page.locator("output.share").all_inner_texts()
    return [float(text.rstrip("%")) / 100 for text in texts]


def values(page: "sync_api.Page") -> list[float]:
    """Return what the four number fields hold."""
    return [float(page.locator(f"#number{i}").input_value()) for i in range(4)]


@pytest.mark.browser
def test_it_agrees_with_pytorch_on_all_flowers(page: "sync_api.Page") -> None:
    predictor = Predictor.load(MODEL)
    computed = numpy.array(page.evaluate("rows => rows.map(probabilities)", FLOWERS.tolist()))
    expected = predictor.predict_proba(FLOWERS)
    assert computed.shape == (150, 3)
    assert (computed.argmax(axis=1) == expected.argmax(axis=1)).all()
    numpy.testing.assert_allclose(computed, expected, atol=1e-5)
    assert page.evaluate("probabilities([1e6, 0, 1e6, 1e6])") == pytest.approx([0, 0, 1])


@pytest.mark.browser
def test_typing_and_reading(page: "sync_api.Page") -> None:
    predictor = Predictor.load(MODEL)
    names = {"setosa": "山鸢尾", "versicolor": "变色鸢尾", "virginica": "维吉尼亚鸢尾"}
    for row in FLOWERS[::15].tolist():
        for place, value in enumerate(row):
            page.locator(f"#number{place}").fill(str(value))
        assert shown(page) == pytest.approx(predictor.predict_proba(row)[0], abs=6e-4)
        assert names[predictor.predict(row)[0]] in page.locator("#answer").inner_text()
        assert page.locator("#warning").is_visible() == bool(predictor.check_range(row))
        sliders = [float(page.locator(f"#slider{i}").input_value()) for i in range(4)]
        assert sliders == pytest.approx(row)


@pytest.mark.browser
def test_everything_can_be_done_with_the_keyboard(page: "sync_api.Page") -> None:
    predictor = Predictor.load(MODEL)
    for place in range(4):
        for control in ("slider", "number"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == f"{control}{place}"
            before = values(page)
            for _ in range(3):
                page.keyboard.press("ArrowRight" if control == "slider" else "Home")
            if control == "slider":
                assert values(page)[place] == pytest.approx(before[place] + 0.3)
            else:
                page.keyboard.press("Control+A")
                page.keyboard.type(["5.5", "2.5", "3.5", "1.5"][place])
                assert values(page)[place] == [5.5, 2.5, 3.5, 1.5][place]
            assert shown(page) == pytest.approx(predictor.predict_proba(values(page))[0], abs=6e-4)
    page.locator("#slider2").focus()
    page.keyboard.press("End")
    assert values(page)[2] == 8.2
    assert page.locator("#warning").is_visible()


@pytest.mark.browser
def test_odd_and_missing_values(page: "sync_api.Page") -> None:
    for place, value in enumerate([62, 22, 45, 15]):
        page.locator(f"#number{place}").fill(str(value))
    warning = page.locator("#warning").inner_text()
    assert "花萼长 62" in warning and "4.3 到 7.7" in warning and "单位" in warning
    page.locator("#number1").fill("")
    assert "请给四个数" in page.locator("#answer").inner_text()
    assert page.locator("output.share").all_inner_texts() == ["–"] * 3
    page.locator("#number1").fill("3")
    assert "预测" in page.locator("#answer").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_phones_and_desktops(page: "sync_api.Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("slider", "number"):
        for place in range(4):
            box = page.locator(f"#{name}{place}").bounding_box()
            assert box is not None and box["width"] >= 60 and box["x"] + box["width"] <= width
            assert box["height"] >= 24
