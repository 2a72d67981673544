"""The live loss curve: throttled, final at the end, silent outside a notebook."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from day38 import History, IrisData, live, train
from day38.live import LiveLossCurve
from tests.helpers import chinese_error, new_model
from tools.notebooks import execute

PLACE = f"new: {live.WAITING}"


class Screen:
    """Stands in for IPython's display: notes how many records each picture had."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, data: dict, raw: bool, display_id: bool) -> SimpleNamespace:
        assert raw and display_id
        self.shown.append(f"new: {data['text/plain']}")
        return SimpleNamespace(update=self.update)

    def update(self, data: dict, metadata: dict, raw: bool) -> None:
        assert raw
        self.shown.append(f"update: {data['text/plain']}")


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Pretend to be in a notebook where a picture takes 0.1 s on a clock that tests move."""
    screen = Screen()
    screen.now = 100.0

    def draw(history: History) -> SimpleNamespace:
        screen.now += 0.1
        bundle = {"text/plain": f"{len(history.epochs)} records"}, {}
        return SimpleNamespace(_repr_mimebundle_=lambda: bundle)

    monkeypatch.setattr(live, "_in_notebook", lambda: True)
    monkeypatch.setattr(live, "plot_loss", draw)
    monkeypatch.setattr(live.time, "perf_counter", lambda: screen.now)
    monkeypatch.setattr("IPython.display.display", screen.display)
    return screen


def records(count: int) -> History:
    return History(list(range(1, count + 1)), [1.0] * count)


def test_pictures_are_throttled_and_the_last_is_complete(screen: Screen) -> None:
    model = new_model()
    with LiveLossCurve(share=0.05) as curve:
        for number in range(1, 61):
            screen.now += 0.1
            curve(number, model, records(number))
    assert screen.shown[0] == PLACE
    assert screen.shown[1] == "update: 2 records"
    assert screen.shown[-1] == "update: 60 records"
    assert 4 <= len(screen.shown) <= 7


def test_no_second_picture_of_the_same_records(screen: Screen) -> None:
    with LiveLossCurve() as curve:
        curve(2, new_model(), records(2))
    assert screen.shown == [PLACE, "update: 2 records"]


def test_a_short_training_still_gets_its_picture(screen: Screen) -> None:
    with LiveLossCurve() as curve:
        curve(1, new_model(), records(1))
    assert screen.shown == [PLACE, "update: 1 records"]


def test_the_picture_comes_after_an_error_too(screen: Screen) -> None:
    with pytest.raises(ZeroDivisionError), LiveLossCurve() as curve:
        curve(2, new_model(), records(2))
        curve(3, new_model(), records(3))
        raise ZeroDivisionError
    assert screen.shown[-1] == "update: 3 records"


def test_the_place_is_taken_before_the_bar_appears(screen: Screen) -> None:
    with LiveLossCurve():
        assert screen.shown == [PLACE]


def test_nothing_is_drawn_without_records_or_outside_a_notebook(iris: IrisData) -> None:
    with LiveLossCurve():
        pass
    with LiveLossCurve() as curve:
        train(new_model(), [iris.train], epochs=5, on_record=curve, progress=False)
    assert curve.handle is None


@pytest.mark.slow
def test_a_notebook_keeps_one_picture() -> None:
    lines = [
        "from day38 import IrisMLP, LiveLossCurve, load_iris, train",
        "with LiveLossCurve(share=0.9) as curve:",
        "    train(IrisMLP(), [load_iris().train], epochs=500, on_record=curve, progress=False)",
    ]
    notebook = new_notebook(cells=[new_code_cell("\n".join(lines))])
    execute(notebook, "live")
    (output,) = notebook.cells[0].outputs
    assert "从 5 到 500" in output.metadata["image/png"]["alt"]


@pytest.mark.parametrize("share", [0, 1, -0.5, 5, float("nan")])
def test_wrong_shares(share: float) -> None:
    with chinese_error(ValueError, "share"):
        LiveLossCurve(share)
