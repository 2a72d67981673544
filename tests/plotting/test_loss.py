"""The loss curve: true epochs; live: throttled, complete at the end, silent outside a notebook."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from torch import nn

from day38 import History, IrisMLP, TabularData, Validation, train
from day38.plotting import LiveLossCurve, loss, plot_loss


def test_loss_is_drawn_over_true_epochs_under_its_name(iris: TabularData) -> None:
    (line,) = plot_loss(History([200, 400, 20_000], [1.0, 0.5, 0.06])).axes[0].lines
    assert line.get_xdata().tolist() == [200, 400, 20_000]
    assert line.get_ydata().tolist() == [1.0, 0.5, 0.06]
    for epochs in ([1, 2, 3], [1]):
        (axes,) = plot_loss(History(epochs, [1.0] * len(epochs))).axes
        assert all(tick == round(tick) for tick in axes.get_xticks())  # there is no epoch 1.25
    for loss_function, label in (
        (nn.functional.cross_entropy, "Cross-entropy loss"),
        (nn.CrossEntropyLoss(), "Cross-entropy loss"),
        (nn.MultiMarginLoss(), "Loss"),
    ):
        history = train(
            IrisMLP(), [iris.train], epochs=1, loss_function=loss_function, progress=False
        )
        assert plot_loss(history).axes[0].get_ylabel() == label
    with pytest.raises(ValueError, match="还没有记录"):
        plot_loss(History())


def test_validation_is_drawn_beside_it_with_its_best_epoch(iris: TabularData) -> None:
    history, validation = History([2, 4, 6], [1.0, 0.5, 0.1]), Validation([iris.test])
    with pytest.raises(ValueError, match="请"):
        plot_loss(history, validation)
    validation.epochs, validation.losses, validation.best_epoch = [2, 4, 6], [1.1, 0.7, 0.9], 4
    picture = plot_loss(history, validation)
    (axes,) = picture.axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn["training"] == [[2, 1.0], [4, 0.5], [6, 0.1]]
    assert drawn["validation"] == [[2, 1.1], [4, 0.7], [6, 0.9]]
    assert drawn["best epoch: 4"] == [[4, 0.7]]
    assert "第 4 轮最低，是 0.70，到最后是 0.90" in picture.description


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
    with suppress(ZeroDivisionError), LiveLossCurve() as curve:
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
