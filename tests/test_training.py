"""`train`: the lesson's figures, the same steps as a loop written by hand, and every way to end."""

import copy
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader, TensorDataset

from day38 import History, IrisData, IrisMLP, evaluate, pick_device, train, training
from tests.helpers import Pair, chinese_error, new_model, same_weights, state_unchanged


def by_hand(
    model: nn.Module, batches: Any, epochs: int, learning_rate: float = 0.01
) -> list[float]:
    """Train as the lesson does before it has `train`; return the mean loss of each epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(epochs):
        total, rows = 0.0, 0
        for inputs, targets in batches:
            loss = functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, rows = total + loss.item() * len(inputs), rows + len(inputs)
        losses.append(total / rows)
    return losses


def mini_batches(iris: IrisData, seed: int = 1) -> DataLoader:
    """Return shuffled batches of 32, the last of them with 24 rows."""
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(TensorDataset(*iris.train), 32, shuffle=True, generator=generator)


# The lesson's figures and the loop


def test_the_lessons_figures(lesson: tuple[IrisMLP, History], iris: IrisData) -> None:
    model, history = lesson
    assert history.epochs == list(range(200, 20_001, 200))
    assert 0.85 < history.losses[0] < 1.15
    assert 0.06 <= history.losses[-1] <= 0.083
    assert history.losses == sorted(history.losses, reverse=True)
    assert not history.interrupted
    assert history.seconds > 0
    assert not history.validation_losses
    assert evaluate(model, [iris.test]).correct in (29, 30)


@pytest.mark.parametrize("seed", range(3))
def test_an_untrained_network_starts_at_about_the_loss_of_guessing(
    iris: IrisData, seed: int
) -> None:
    history = train(new_model(seed), [iris.train], epochs=1, progress=False)
    assert history.losses == [pytest.approx(math.log(3), abs=0.2)]


@pytest.mark.parametrize("validate", [False, True])
@pytest.mark.parametrize("mini", [False, True], ids=["full batch", "mini-batches"])
def test_it_is_the_loop_written_by_hand(iris: IrisData, mini: bool, validate: bool) -> None:
    ours, theirs = new_model(), new_model()
    history = train(
        ours,
        mini_batches(iris) if mini else [iris.train],
        epochs=12,
        learning_rate=0.1,
        record_every=1,
        validation=[iris.test] if validate else None,
        progress=False,
    )
    losses = by_hand(theirs, mini_batches(iris) if mini else [iris.train], 12, learning_rate=0.1)
    assert same_weights(ours, theirs)
    assert history.losses == pytest.approx(losses, rel=1e-6)


def test_validation_is_evaluated_after_the_updates_of_each_record(iris: IrisData) -> None:
    found = []
    history = train(
        new_model(),
        mini_batches(iris),
        epochs=6,
        record_every=2,
        validation=[iris.test],
        on_record=lambda epoch, model, history: found.append(evaluate(model, [iris.test])),
        progress=False,
    )
    assert history.validation_losses == [result.loss for result in found]
    assert history.validation_accuracies == [result.accuracy for result in found]
    assert len(found) == len(history.epochs) == 3


def test_an_optimizer_and_a_loss_function_of_ones_own(iris: IrisData) -> None:
    ours, theirs = new_model(), new_model()
    smooth = nn.CrossEntropyLoss(label_smoothing=0.1)
    train(
        ours,
        [iris.train],
        epochs=5,
        optimizer=torch.optim.Adam(ours.parameters(), lr=0.05),
        loss_function=smooth,
        progress=False,
    )
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.05)
    for _ in range(5):
        loss = smooth(theirs(iris.train[0]), iris.train[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert same_weights(ours, theirs)


# Models it has never seen


def test_a_convolutional_network() -> None:
    torch.manual_seed(0)
    images, labels = torch.rand(40, 1, 8, 8), torch.randint(0, 2, (40,))
    images[labels == 1, :, :4] += 1
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 2),
    )
    history = train(model, [(images, labels)], epochs=60, learning_rate=0.1, progress=False)
    assert history.losses[-1] < history.losses[0] / 2
    assert evaluate(model, [(images, labels)]).accuracy > 0.9


def test_a_float64_network(iris: IrisData) -> None:
    ours, theirs = new_model().double(), new_model().double()
    batches = [(iris.train[0].double(), iris.train[1])]
    train(ours, batches, epochs=5, progress=False)
    by_hand(theirs, batches, 5)
    assert same_weights(ours, theirs)
    assert ours.hidden.weight.dtype == torch.float64


def test_a_regression_with_targets_of_any_shape() -> None:
    inputs = torch.linspace(-1, 1, 30)[:, None]
    model = nn.Linear(1, 1)
    history = train(
        model,
        [(inputs, 3 * inputs + 1)],
        epochs=200,
        learning_rate=0.5,
        loss_function=functional.mse_loss,
        progress=False,
    )
    assert history.losses[-1] < 1e-6
    assert model.weight.item() == pytest.approx(3, abs=1e-3)


def test_frozen_layers_stay(iris: IrisData) -> None:
    model, before = new_model(), new_model()
    model.hidden.requires_grad_(False)
    train(model, [iris.train], epochs=3, progress=False)
    assert torch.equal(model.hidden.weight, before.hidden.weight)
    assert not torch.equal(model.output.weight, before.output.weight)


# Records


@pytest.mark.parametrize(
    ("epochs", "record_every", "recorded"),
    [
        (7, 3, [3, 6, 7]),
        (6, 3, [3, 6]),
        (4, 10, [4]),
        (1, None, [1]),
        (5, None, [1, 2, 3, 4, 5]),
        (300, None, list(range(3, 301, 3))),
    ],
)
def test_records_carry_true_epoch_numbers_and_the_last_one(
    iris: IrisData, epochs: int, record_every: int | None, recorded: list[int]
) -> None:
    history = train(
        new_model(), [iris.train], epochs=epochs, record_every=record_every, progress=False
    )
    assert history.epochs == recorded
    assert len(history.losses) == len(recorded)


def test_on_record_sees_the_epoch_the_model_and_the_history_so_far(iris: IrisData) -> None:
    model = new_model()
    seen = []

    def on_record(epoch: int, given: nn.Module, history: History) -> None:
        seen.append((epoch, given is model, list(history.epochs), copy.deepcopy(given)))

    history = train(
        model, [iris.train], epochs=7, record_every=3, on_record=on_record, progress=False
    )
    assert [row[:3] for row in seen] == [
        (3, True, [3]),
        (6, True, [3, 6]),
        (7, True, [3, 6, 7]),
    ]
    assert history.epochs == [3, 6, 7]
    expected = new_model()
    by_hand(expected, [iris.train], 3)
    assert same_weights(seen[0][3], expected)  # after the updates of epoch 3
    assert same_weights(seen[2][3], model)


class Waits(TorchDispatchMode):
    """Counts what would make the program wait for an accelerator, and what copies between two."""

    NAMES = frozenset(
        f"aten::{name}" for name in ("_local_scalar_dense", "_to_copy", "equal", "nonzero")
    )

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.count += function._schema.name in self.NAMES
        return function(*args, **(kwargs or {}))


def waits_at_records(iris: IrisData, record_every: int, validation: list[Pair] | None) -> list[int]:
    """Return how many waits lie between one record and the next, and after the last one."""
    counts: list[int] = []
    # Not a DataLoader, which reads its own shuffled numbers, always on the CPU.
    batches = list(zip(*(part.split(32) for part in iris.train), strict=True))
    with Waits() as waits:
        train(
            new_model(),
            batches,
            epochs=4 * record_every,
            record_every=record_every,
            validation=validation,
            on_record=lambda *_: counts.append(waits.count),
            progress=False,
        )
    counts.append(waits.count)
    return [after - before for before, after in pairwise(counts)]


@pytest.mark.parametrize("validate", [False, True])
def test_it_waits_for_the_device_at_records_only(iris: IrisData, validate: bool) -> None:
    validation = [iris.test] if validate else None
    every_epoch, *rest = waits_at_records(iris, 1, validation)
    assert 1 <= every_epoch <= 2 + 3 * validate
    assert rest == [every_epoch, every_epoch, 0]
    # Twelve epochs from one record to the next, and not one wait more.
    assert waits_at_records(iris, 12, validation) == [every_epoch, *rest]


def test_the_bar_tells_loss_and_validation_accuracy(
    iris: IrisData, capsys: pytest.CaptureFixture
) -> None:
    history = train(new_model(), [iris.train], epochs=50, record_every=25, validation=[iris.test])
    printed = capsys.readouterr()
    assert not printed.out
    last = printed.err.split("\r")[-1]
    assert "训练: 100%" in last
    assert "50/50" in last
    assert f"损失={history.losses[-1]:.4f}" in last
    assert f"验证准确率={history.validation_accuracies[-1]:.1%}" in last


def test_without_progress_nothing_is_printed(iris: IrisData, capsys: pytest.CaptureFixture) -> None:
    train(new_model(), [iris.train], epochs=3, progress=False)
    assert capsys.readouterr() == ("", "")


# How it ends


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect the bars that `train` makes."""
    made: list[Any] = []

    class Bar(training.tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)
            self.closed = False

        def close(self) -> None:
            super().close()
            self.closed = True

    monkeypatch.setattr(training, "tqdm", Bar)
    return made


class InterruptedBatches:
    """Full batches, with a Ctrl-C in place of the batch of one epoch."""

    def __init__(self, batch: Pair, epoch: int) -> None:
        self.batch, self.epoch, self.passes = batch, epoch, 0

    def __iter__(self) -> Iterator[Pair]:
        self.passes += 1
        if self.passes == self.epoch:
            raise KeyboardInterrupt
        yield self.batch


def interrupt_at(wanted: int) -> Any:
    def on_record(epoch: int, model: nn.Module, history: History) -> None:
        if epoch == wanted:
            raise KeyboardInterrupt

    return on_record


@pytest.mark.parametrize(
    ("place", "epochs_done", "recorded"),
    [("on_record", 8, [4, 8]), ("batches", 9, [4, 8]), ("validation", 8, [4])],
)
def test_ctrl_c_keeps_history_and_weights(
    iris: IrisData,
    bars: list[Any],
    capsys: pytest.CaptureFixture,
    place: str,
    epochs_done: int,
    recorded: list[int],
) -> None:
    model, expected = new_model(), new_model()
    batches: Any = InterruptedBatches(iris.train, 10) if place == "batches" else [iris.train]
    validation: Any = InterruptedBatches(iris.test, 2) if place == "validation" else [iris.test]
    with state_unchanged(model):
        history = train(
            model,
            batches,
            epochs=40,
            record_every=4,
            validation=validation,
            on_record=interrupt_at(8) if place == "on_record" else None,
        )
    assert history.interrupted
    assert history.seconds > 0
    assert history.epochs == recorded
    assert len(history.losses) == len(history.validation_losses) == len(recorded)
    assert len(history.validation_accuracies) == len(recorded)
    by_hand(expected, [iris.train], epochs_done)
    assert same_weights(model, expected)
    (bar,) = bars
    assert bar.closed
    assert "已中断" in capsys.readouterr().err


def test_training_goes_on_after_an_interrupt(iris: IrisData) -> None:
    model, expected = new_model(), new_model()
    train(model, [iris.train], epochs=10, record_every=1, on_record=interrupt_at(4), progress=False)
    history = train(model, [iris.train], epochs=6, progress=False)
    by_hand(expected, [iris.train], 10)
    assert same_weights(model, expected)
    assert not history.interrupted


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("record_every", [1, 20])
def test_a_diverging_run_stops_with_an_error_that_names_the_epoch(
    iris: IrisData, bars: list[Any], seed: int, record_every: int
) -> None:
    model = new_model(seed)
    named = "第 2 轮" if record_every == 1 else "第 20 轮"
    with state_unchanged(model), chinese_error(FloatingPointError, named, "学习率", "第 1 轮"):
        train(model, [iris.train], epochs=100, learning_rate=1e4, record_every=record_every)
    (bar,) = bars
    assert bar.closed


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_at_its_record(iris: IrisData, value: float) -> None:
    epochs = 0

    def loss_function(outputs: Tensor, targets: Tensor) -> Tensor:
        nonlocal epochs
        epochs += 1
        loss = functional.cross_entropy(outputs, targets)
        return loss * value if epochs == 7 else loss

    with chinese_error(FloatingPointError, "第 7 轮", str(value)):
        train(
            new_model(),
            [iris.train],
            epochs=20,
            record_every=1,
            loss_function=loss_function,
            progress=False,
        )


def test_a_high_but_working_learning_rate_is_left_alone(iris: IrisData) -> None:
    history = train(
        new_model(), [iris.train], epochs=100, learning_rate=1.0, record_every=1, progress=False
    )
    assert len(history.epochs) == 100


@pytest.mark.parametrize(
    "error",
    [
        ValueError("mine"),
        RuntimeError("mine"),
        TypeError("mine"),
        IndexError("mine"),
        AttributeError("mine"),
        KeyError("mine"),
    ],
)
def test_an_error_of_on_record_passes_unchanged(
    iris: IrisData, bars: list[Any], error: Exception
) -> None:
    def on_record(epoch: int, model: IrisMLP, history: History) -> None:
        model.output = nn.Linear(7, 3)  # now the batch does not fit either
        raise error

    model = new_model()
    with pytest.raises(type(error)) as caught:
        train(model, [iris.train], epochs=3, on_record=on_record)
    assert caught.value is error
    assert caught.value.__cause__ is None
    assert bars[0].closed


def test_an_error_of_the_batches_themselves_passes_unchanged(iris: IrisData) -> None:
    class Broken:
        def __iter__(self) -> Iterator[Pair]:
            yield iris.train
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match=r"^disk$"):
        train(new_model(), Broken(), epochs=3, progress=False)


def test_an_error_inside_the_model_keeps_its_cause() -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            raise RuntimeError("the model's own words")

    with chinese_error(ValueError, "the model's own words"):
        train(Broken(), [(torch.rand(2, 4), torch.tensor([0, 1]))], epochs=1, progress=False)


@pytest.mark.parametrize("ending", ["normal", "error"])
def test_state_is_as_before(iris: IrisData, ending: str) -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    model[1].eval()

    def on_record(epoch: int, model: nn.Module, history: History) -> None:
        assert all(module.training for module in model.modules())
        if ending == "error":
            raise KeyError

    def run() -> None:
        train(model, [iris.train], epochs=3, validation=[iris.test], on_record=on_record)

    with state_unchanged(model):
        if ending == "error":
            with pytest.raises(KeyError):
                run()
        else:
            run()


# Bad arguments; bad batches, models and loss functions are in test_batches.py


@pytest.mark.parametrize(
    ("arguments", "kind", "parts"),
    [
        ({"epochs": -5}, ValueError, ["epochs", "-5"]),
        ({"epochs": 0}, ValueError, ["epochs", "0"]),
        ({"epochs": True}, TypeError, ["epochs", "True"]),
        ({"epochs": "20"}, TypeError, ["epochs", "'20'"]),
        ({"epochs": 2.5}, TypeError, ["epochs", "2.5"]),
        ({"record_every": 0}, ValueError, ["record_every", "0"]),
        ({"record_every": "all"}, TypeError, ["record_every", "'all'"]),
        ({"learning_rate": 0}, ValueError, ["learning_rate", "0"]),
        ({"learning_rate": -0.1}, ValueError, ["learning_rate", "-0.1"]),
        ({"learning_rate": float("nan")}, ValueError, ["learning_rate", "nan"]),
        ({"learning_rate": "0.01"}, TypeError, ["learning_rate", "'0.01'"]),
        ({"learning_rate": True}, TypeError, ["learning_rate", "True"]),
        ({"optimizer": torch.optim.SGD}, TypeError, ["SGD", "model.parameters()"]),
        ({"optimizer": "adam"}, TypeError, ["'adam'", "torch.optim"]),
        ({"on_record": 3}, TypeError, ["on_record", "3"]),
    ],
)
def test_a_bad_argument_is_refused_before_anything_happens(
    iris: IrisData,
    bars: list[Any],
    arguments: dict[str, Any],
    kind: type[Exception],
    parts: list[str],
) -> None:
    model = new_model()
    with state_unchanged(model), chinese_error(kind, *parts):
        train(model, [iris.train], **{"epochs": 2, **arguments})
    assert same_weights(model, new_model())
    assert not bars


def test_a_model_with_nothing_to_learn_is_refused(iris: IrisData) -> None:
    with chinese_error(ValueError, "IrisMLP", "requires_grad_(True)"):
        train(new_model().requires_grad_(False), [iris.train], epochs=2)


# pick_device


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for a machine with two CUDA devices."""
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("name", "device"), [(None, "cuda"), ("cpu", "cpu"), ("cuda", "cuda"), ("cuda:1", "cuda:1")]
)
def test_an_accelerator_is_picked_first(two_gpus: None, name: str | None, device: str) -> None:
    assert pick_device(name) == torch.device(device)


def test_without_an_accelerator_it_is_the_cpu(no_gpu: None) -> None:
    assert pick_device() == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:2", "mps", "meta"])
def test_a_device_this_machine_lacks_is_refused(two_gpus: None, name: str) -> None:
    with chinese_error(ValueError, repr(name), "没有设备", "cpu、cuda"):
        pick_device(name)


@pytest.mark.parametrize("name", ["gpu", "", "CPU", "cuda:one", "cpu:1", "meta", "cuda", [], -1])
def test_an_unknown_device_is_refused(no_gpu: None, name: Any) -> None:
    with chinese_error(ValueError, repr(name), "可用的设备里选：cpu"):
        pick_device(name)
