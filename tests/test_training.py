"""`train`: the loop of the lesson, whatever the model, what it refuses, and every way to end."""

import copy
import math
import os
import statistics
import subprocess
import sys
import warnings

import numpy
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from day38 import History, IrisMLP, evaluate, load_iris, pick_device, train

IRIS = load_iris()
FULL_BATCH = [IRIS.train]


def train_iris(model: nn.Module | None = None, batches=FULL_BATCH, **options) -> History:
    """Train without a bar: by default a new network, on Iris, for three epochs."""
    defaults = {"epochs": 3, "progress": False}
    return train(IrisMLP() if model is None else model, batches, **defaults | options)


def mini_batches() -> DataLoader:
    """Return shuffled batches of 32, the last of them with 24 rows."""
    generator = torch.Generator().manual_seed(1)
    return DataLoader(TensorDataset(*IRIS.train), 32, shuffle=True, generator=generator)


def by_hand(model: nn.Module, batches, epochs: int) -> list[float]:
    """Train as the lesson does before it has `train`; return the mean loss of each epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    means = []
    for _ in range(epochs):
        row_losses: list[float] = []
        for inputs, targets in batches:
            loss = functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            row_losses += [loss.item()] * len(inputs)
        means.append(statistics.fmean(row_losses))
    return means


def test_the_lessons_figures() -> None:
    torch.manual_seed(42)
    model = IrisMLP()
    history = train_iris(model, epochs=20_000)
    assert history.epochs == list(range(200, 20_001, 200))
    assert history.losses == sorted(history.losses, reverse=True)
    assert 0.85 < history.losses[0] < 1.15 and 0.05 < history.losses[-1] < 0.083
    assert evaluate(model, [IRIS.test]).correct in (29, 30)


@pytest.mark.parametrize("batches", [lambda: FULL_BATCH, mini_batches], ids=["full", "mini"])
def test_it_is_the_loop_written_by_hand(batches) -> None:
    ours = IrisMLP()
    theirs = copy.deepcopy(ours)
    history = train_iris(ours, batches(), epochs=12, learning_rate=0.1, record_every=1)
    assert history.losses == pytest.approx(by_hand(theirs, batches(), epochs=12), rel=1e-6)
    assert all(map(torch.equal, ours.parameters(), theirs.parameters()))


def test_an_optimizer_and_a_loss_function_of_ones_own() -> None:
    inputs = torch.linspace(-1, 1, 30)[:, None]
    model = nn.Linear(1, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    options = {"optimizer": optimizer, "loss_function": functional.mse_loss}
    history = train_iris(model, [(inputs, 3 * inputs + 1)], epochs=300, **options)
    assert history.losses[-1] < 1e-4
    assert model.weight.item() == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize(
    ("epochs", "record_every", "recorded"),
    [
        (7, 3, [3, 6, 7]),
        (6, 3, [3, 6]),
        (4, 10, [4]),
        (5, None, [1, 2, 3, 4, 5]),
        (300, None, list(range(3, 301, 3))),
        (199, None, [*range(2, 199, 2), 199]),
    ],
)
def test_records_carry_true_epoch_numbers_and_the_last_one(epochs, record_every, recorded) -> None:
    seen = []

    def on_record(epoch: int, model: nn.Module, history: History) -> None:
        seen.append((epoch, history.epochs[-1], len(history.losses)))

    history = train_iris(epochs=epochs, record_every=record_every, on_record=on_record)
    assert history.epochs == recorded
    assert seen == [(epoch, epoch, number) for number, epoch in enumerate(recorded, start=1)]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_sum_of_many_losses_keeps_its_digits(dtype: torch.dtype) -> None:
    def always_one(outputs: Tensor, targets: Tensor) -> Tensor:
        return outputs.sum() * 0 + 1

    batches = [(torch.zeros(64, 1, dtype=dtype), torch.zeros(64))] * 1_100
    model = nn.Linear(1, 1, dtype=dtype)
    history = train_iris(model, batches, epochs=1, loss_function=always_one)
    assert history.losses == [pytest.approx(1.0)]


def test_layers_that_the_caller_put_to_sleep_sleep_on() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    model[1].eval().requires_grad_(False)
    before = copy.deepcopy(model[1].state_dict())
    train_iris(model, epochs=20)
    assert all(torch.equal(value, before[name]) for name, value in model[1].state_dict().items())
    assert model.training and not model[1].training


def test_a_model_in_eval_mode_is_trained_in_train_mode_and_given_back_in_eval_mode() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).eval()
    before = model[1].running_mean.clone()
    train_iris(model)
    assert not torch.equal(model[1].running_mean, before)
    assert not any(module.training for module in model.modules())


def test_a_listener_may_change_modes_and_end_the_training() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))
    model[2].eval()
    modes = []

    def listen(epoch: int, model: nn.Module, history: History) -> bool:
        modes.append([module.training for module in model])
        model.eval()
        return epoch == 3

    history = train_iris(model, epochs=9, record_every=1, on_record=[listen])
    assert modes == [[True, True, False, True]] * 3 and history.epochs == [1, 2, 3]


def test_nothing_global_is_changed() -> None:
    torch.set_num_threads(2)
    model, state, threads = IrisMLP(), torch.get_rng_state(), []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train_iris(model, on_record=lambda *_: threads.append(torch.get_num_threads()))
    assert set(threads) == {2} and torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state) and torch.is_grad_enabled()
    torch.set_num_threads(1)


def test_the_device_is_waited_for_once_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    to_number = Tensor.__float__
    monkeypatch.setattr(Tensor, "__float__", lambda own: reads.append(own) or to_number(own))
    train_iris(epochs=30, record_every=10)
    assert len(reads) == 4  # the first epoch, and three records


@pytest.mark.parametrize("moment", ["record", "step"])
def test_an_interrupt_is_a_normal_end(moment: str) -> None:
    def stop(*_: object) -> None:
        torch.set_grad_enabled(False)  # as Ctrl-C inside optimizer.step() may leave it
        raise KeyboardInterrupt

    def loss_function(outputs: Tensor, targets: Tensor) -> Tensor:
        calls.append(1)
        return stop() if moment == "step" and len(calls) > 5 else outputs.sum() * 0

    model, calls = IrisMLP(), []
    options = {"loss_function": loss_function, "on_record": stop if moment == "record" else None}
    history = train_iris(model, epochs=20, record_every=5, progress=True, **options)
    assert history.interrupted and history.epochs == [5] and history.seconds > 0
    assert torch.is_grad_enabled()
    assert not train_iris(model).interrupted


@pytest.mark.parametrize(
    ("factor", "learning_rate", "epoch"),
    [(1, 1e30, 10), (1, 1e4, 10), (math.nan, 0.01, 1), (math.inf, 0.01, 1)],
    ids=["not finite", "exploded", "NaN", "infinite"],
)
def test_a_diverging_loss_stops_with_the_epoch_and_what_to_try(
    factor: float, learning_rate: float, epoch: int
) -> None:
    batches = [(IRIS.train[0] * factor, IRIS.train[1])]
    with pytest.raises(FloatingPointError, match=f"第 {epoch} 轮的损失.*学习率.*NaN"):
        train_iris(None, batches, epochs=50, record_every=10, learning_rate=learning_rate)


class Stream(IterableDataset):
    """Samples without a number."""

    def __init__(self, samples: list) -> None:
        self.samples = samples

    def __iter__(self):
        return iter(self.samples)


def optimizer_of(*models: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(nn.ModuleList(models).parameters(), lr=0.1)


CHANGED = IrisMLP()
STALE = optimizer_of(CHANGED)
CHANGED.output = nn.Linear(10, 3)
HALF = IrisMLP()
FROZEN = optimizer_of(HALF.hidden.requires_grad_(False))
REFUSED = {
    "iterator": ({"batches": iter(FULL_BATCH)}, TypeError, "list"),
    "zip": ({"batches": zip(*IRIS.train, strict=True)}, TypeError, "list"),
    "one batch": ({"batches": IRIS.train}, TypeError, r"\[iris.train\]"),
    "no batch": ({"batches": []}, ValueError, "空"),
    "an empty stream": ({"batches": DataLoader(Stream([]))}, ValueError, "空"),
    "no epoch": ({"epochs": 0}, ValueError, "epochs 收到 0"),
    "half an epoch": ({"epochs": 2.5}, ValueError, "epochs 收到 2.5"),
    "an epoch in quotes": ({"epochs": "3"}, ValueError, "epochs 收到 '3'"),
    "an empty tuple": ({"batches": ()}, ValueError, "空"),
    "less than none": ({"epochs": -5}, ValueError, "epochs 收到 -5"),
    "records": ({"record_every": -1}, ValueError, "record_every 收到 -1"),
    "nothing to learn": ({"model": nn.ReLU()}, ValueError, "没有可以训练的参数"),
    "frozen": ({"model": IrisMLP().requires_grad_(False)}, ValueError, "没有可以训练的参数"),
    "another's optimizer": ({"optimizer": optimizer_of(IrisMLP())}, ValueError, "重新建立优化器"),
    "a new layer": ({"model": CHANGED, "optimizer": STALE}, ValueError, "重新建立优化器"),
    "the frozen half": ({"model": HALF, "optimizer": FROZEN}, ValueError, "重新建立优化器"),
}


@pytest.mark.parametrize(("options", "kind", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_would_silently_teach_nothing_is_refused(options, kind, advice) -> None:
    with pytest.raises(kind, match=advice):
        train_iris(**options)


@pytest.mark.parametrize(
    ("answer", "recorded"),
    [(1, 3), (1.0, 3), (numpy.ones(2), 3), (torch.ones(2), 3), (numpy.True_, 1), (True, 1)],
)
def test_only_true_ends_a_training(answer: object, recorded: int) -> None:
    history = train_iris(epochs=3, record_every=1, on_record=lambda *_: answer)
    assert len(history.epochs) == recorded


def test_a_part_may_be_trained_and_more_than_the_model() -> None:
    model, beside = IrisMLP(), nn.Linear(1, 1)
    kept = model.hidden.weight.detach().clone()
    train_iris(model, optimizer=optimizer_of(model.output))
    assert torch.equal(model.hidden.weight, kept)
    train_iris(model, optimizer=optimizer_of(model, beside))
    assert not torch.equal(model.hidden.weight, kept)


STREAM = DataLoader(Stream(list(zip(*IRIS.train, strict=True))), 32)


@pytest.mark.parametrize(
    ("batches", "epochs", "count", "unit"),
    [
        (FULL_BATCH, 40, "40/40", "轮"),
        (mini_batches(), 3, "12/12", "批"),
        (STREAM, 3, "12/12", "批"),
    ],
)
def test_the_bar_moves_with_each_batch_and_shows_the_last_loss(
    batches, epochs, count, unit, capsys: pytest.CaptureFixture
) -> None:
    history = train_iris(None, batches, epochs=epochs, record_every=7, progress=True)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "训练: 100%" in last and f"{count} [" in last and unit in last
    assert f"损失={history.losses[-1]:.4f}" in last
    train_iris(None, batches)
    assert capsys.readouterr().err == ""


def test_tqdm_can_be_silenced_from_outside() -> None:
    source = "from day38 import *; train(IrisMLP(), [load_iris().train], epochs=3)"
    environment = {**os.environ, "TQDM_DISABLE": "1"}
    command = [sys.executable, "-c", source]
    assert subprocess.check_output(command, env=environment, stderr=subprocess.STDOUT) == b""


@pytest.mark.parametrize("name", ["cuda:99", "mps:7", "meta", "gpu"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ValueError, match="cpu"):
        pick_device(name)


def test_the_device_is_the_accelerator_or_the_cpu() -> None:
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    assert pick_device().type == (accelerator.type if accelerator else "cpu")
    assert pick_device("cpu") == pick_device(torch.device("cpu")) == torch.device("cpu")
