"""The loss curve: true epochs; live: throttled, complete at the end, silent outside a notebook."""

from contextlib import suppress
from types import SimpleNamespace

import pytest

from day38 import History, IrisMLP, TabularData, train
from day38.plotting import LiveLossCurve, loss, plot_loss


def test_loss_is_drawn_over_true_epochs() -> None:
    (line,) = plot_loss(History([200, 400, 20_000], [1.0, 0.5, 0.06])).axes[0].lines
    assert line.get_xdata().tolist() == [200, 400, 20_000]
    assert line.get_ydata().tolist() == [1.0, 0.5, 0.06]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Pretend to be in a notebook where a picture takes 0.1 s on a clock that tests move."""
    screen = SimpleNamespace(shown=[], now=100.0)

    def draw(history: History) -> SimpleNamespace:
        screen.now += 0.1
        return SimpleNamespace(_repr_mimebundle_=lambda: ({"records": len(history.epochs)}, {}))

    def display(data: dict, raw: bool, display_id: bool) -> SimpleNamespace:
        screen.shown.append("place")
        return SimpleNamespace(update=lambda data, **_: screen.shown.append(data["records"]))

    monkeypatch.setattr(loss, "_in_notebook", lambda: True)
    monkeypatch.setattr(loss, "plot_loss", draw)
    monkeypatch.setattr(loss.time, "perf_counter", lambda: screen.now)
    monkeypatch.setattr("IPython.display.display", display)
    return screen


@pytest.mark.parametrize(("count", "most"), [(0, 0), (1, 1), (2, 1), (3, 2), (60, 4)])
def test_pictures_are_throttled_and_the_last_is_complete_even_after_an_error(
    count: int, most: int, screen: SimpleNamespace
) -> None:
    with suppress(ZeroDivisionError), LiveLossCurve(share=0.05) as curve:
        assert screen.shown == ["place"]  # before the bar appears
        for number in range(1, count + 1):
            screen.now += 0.1
            curve(number, IrisMLP(), History(list(range(number)), [1.0] * number))
        raise ZeroDivisionError
    assert len(screen.shown) == 1 + most and screen.shown[-1] == (count or "place")


def test_nothing_is_drawn_outside_a_notebook(iris: TabularData) -> None:
    with LiveLossCurve() as curve:
        train(IrisMLP(), [iris.train], epochs=5, on_record=curve, progress=False)
    assert curve.handle is None and curve.drawn == 0
