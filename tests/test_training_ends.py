"""`train`: every way to end, what it refuses to begin, and the bar."""

import math
import os
import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from day38 import History, IrisMLP, load_iris, pick_device, train
from tests.test_training import mini_batches, new_model

IRIS = load_iris()
IRIS_PAIRS = list(zip(*IRIS.train, strict=True))


@pytest.mark.parametrize("moment", ["record", "step"])
def test_an_interrupt_is_a_normal_end(moment: str) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    model, calls = new_model(), []

    def loss_function(outputs: Tensor, targets: Tensor) -> Tensor:
        calls.append(1)
        if moment == "step" and len(calls) > 5:
            torch.set_grad_enabled(False)  # as Ctrl-C inside optimizer.step() may leave it
            stop()
        return outputs.sum() * 0

    history = train(
        model,
        [IRIS.train],
        epochs=20,
        record_every=5,
        loss_function=loss_function,
        on_record=stop if moment == "record" else None,
    )
    assert history.interrupted and history.epochs == [5] and history.seconds > 0
    assert torch.is_grad_enabled()
    assert not train(model, [IRIS.train], epochs=2, progress=False).interrupted


@pytest.mark.parametrize(
    ("inputs", "learning_rate", "epoch"),
    [
        (IRIS.train[0], 1e30, "第 10 轮"),
        (IRIS.train[0], 1e4, "第 10 轮"),
        (IRIS.train[0] * math.nan, 0.01, "第 1 轮"),
        (IRIS.train[0] * math.inf, 0.01, "第 1 轮"),
    ],
    ids=["not finite", "exploded", "NaN", "infinite"],
)
def test_a_diverging_loss_stops_with_the_epoch_and_what_to_try(
    inputs: Tensor, learning_rate: float, epoch: str
) -> None:
    batches = [(inputs, IRIS.train[1])]
    with pytest.raises(FloatingPointError, match=f"{epoch}的损失.*学习率.*NaN"):
        train(
            new_model(),
            batches,
            epochs=50,
            record_every=10,
            learning_rate=learning_rate,
            progress=False,
        )


class Stream(IterableDataset):
    """Samples without a number."""

    def __init__(self, samples: list) -> None:
        self.samples = samples

    def __iter__(self):
        return iter(self.samples)


@pytest.mark.parametrize(
    ("batches", "kind", "advice"),
    [
        (iter([IRIS.train]), TypeError, "list"),
        (zip([IRIS.train[0]], [IRIS.train[1]], strict=True), TypeError, "list"),
        (IRIS.train, TypeError, r"\[iris.train\]"),
        ([], ValueError, "空"),
        (DataLoader(Stream([])), ValueError, "空"),
    ],
    ids=["iterator", "zip", "one batch", "nothing", "an empty stream"],
)
def test_batches_that_would_silently_teach_nothing_are_refused(batches, kind, advice) -> None:
    with pytest.raises(kind, match=advice):
        train(new_model(), batches, epochs=3, progress=False)


def optimizer_of(*models: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD([p for model in models for p in model.parameters()], lr=0.1)


FROZEN = IrisMLP().requires_grad_(False)
CHANGED = IrisMLP()
STALE = optimizer_of(CHANGED)
CHANGED.output = nn.Linear(10, 3)


@pytest.mark.parametrize(
    ("model", "options", "advice"),
    [
        (new_model(), {"epochs": 0}, "epochs 收到 0"),
        (new_model(), {"epochs": -5}, "epochs 收到 -5"),
        (new_model(), {"record_every": -1}, "record_every 收到 -1"),
        (nn.ReLU(), {}, "没有可以训练的参数"),
        (FROZEN, {}, "没有可以训练的参数"),
        (new_model(), {"optimizer": optimizer_of(new_model())}, "重新建立优化器"),
        (CHANGED, {"optimizer": STALE}, "重新建立优化器"),
    ],
)
def test_a_training_that_would_change_nothing_is_refused(model, options, advice) -> None:
    with pytest.raises(ValueError, match=advice):
        train(model, [IRIS.train], **{"epochs": 3, "progress": False} | options)


def test_a_part_may_be_trained_and_more_than_the_model() -> None:
    model, beside = new_model(), nn.Linear(1, 1)
    kept = model.hidden.weight.detach().clone()
    for optimizer in (optimizer_of(model.output), optimizer_of(model.output, model.hidden, beside)):
        train(model, [IRIS.train], epochs=1, optimizer=optimizer, progress=False)
        assert torch.equal(model.hidden.weight, kept) == (
            len(optimizer.param_groups[0]["params"]) == 2
        )


def test_a_listener_may_change_modes_and_end_the_training() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))
    model[2].eval()
    modes = []

    def listen(epoch: int, model: nn.Module, history: History) -> bool:
        modes.append([module.training for module in model])
        model.eval()
        return epoch == 3

    history = train(
        model, [IRIS.train], epochs=9, record_every=1, on_record=[listen], progress=False
    )
    assert modes == [[True, True, False, True]] * 3 and history.epochs == [1, 2, 3]


@pytest.mark.parametrize("batches", [mini_batches(), DataLoader(Stream(IRIS_PAIRS), 32)])
def test_where_an_epoch_has_several_batches_the_bar_moves_with_them(batches, capsys) -> None:
    train(new_model(), batches, epochs=3)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "训练: 100%" in last and "12/12" in last and "批" in last


def test_tqdm_can_be_silenced_from_outside() -> None:
    source = "from day38 import *; train(IrisMLP(), [load_iris().train], epochs=3)"
    environment = {**os.environ, "TQDM_DISABLE": "1"}
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert done.stderr == ""


def test_the_bar_shows_epochs_and_the_last_recorded_loss(capsys: pytest.CaptureFixture) -> None:
    history = train(new_model(), [IRIS.train], epochs=40, record_every=7)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "训练: 100%" in last and "40/40" in last and f"损失={history.losses[-1]:.4f}" in last
    train(new_model(), [IRIS.train], epochs=3, progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["cuda:99", "mps:7", "meta", "gpu"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ValueError, match="cpu"):
        pick_device(name)


def test_the_device_is_the_accelerator_or_the_cpu() -> None:
    kind = "cpu"
    if torch.accelerator.is_available():
        kind = torch.accelerator.current_accelerator().type
    assert pick_device().type == kind
    assert pick_device("cpu") == torch.device("cpu")
