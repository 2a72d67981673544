"""`train`: the loop of the lesson, whatever the model, and every way to end."""

import copy
import math
import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from day38 import History, IrisMLP, evaluate, load_iris, pick_device, train

IRIS = load_iris()


def new_model(seed: int = 0) -> IrisMLP:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return IrisMLP()


def mini_batches() -> DataLoader:
    """Return shuffled batches of 32, the last of them with 24 rows."""
    generator = torch.Generator().manual_seed(1)
    return DataLoader(TensorDataset(*IRIS.train), 32, shuffle=True, generator=generator)


def by_hand(model: nn.Module, batches, epochs: int, learning_rate: float) -> list[float]:
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


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    return all(map(torch.equal, one.parameters(), other.parameters()))


def test_the_lessons_figures() -> None:
    model = new_model(42)
    history = train(model, [IRIS.train], epochs=20_000, progress=False)
    assert history.epochs == list(range(200, 20_001, 200))
    assert history.losses == sorted(history.losses, reverse=True)
    assert 0.85 < history.losses[0] < 1.15 and 0.05 < history.losses[-1] < 0.083
    assert evaluate(model, [IRIS.test]).correct in (29, 30)


@pytest.mark.parametrize("batches", [lambda: [IRIS.train], mini_batches], ids=["full", "mini"])
def test_it_is_the_loop_written_by_hand(batches) -> None:
    ours, theirs = new_model(), new_model()
    history = train(ours, batches(), epochs=12, learning_rate=0.1, record_every=1, progress=False)
    losses = by_hand(theirs, batches(), 12, learning_rate=0.1)
    assert same_weights(ours, theirs)
    assert history.losses == pytest.approx(losses, rel=1e-6)


def test_an_optimizer_and_a_loss_function_of_ones_own() -> None:
    inputs = torch.linspace(-1, 1, 30)[:, None]
    model = nn.Linear(1, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    options = {"optimizer": optimizer, "loss_function": functional.mse_loss}
    history = train(model, [(inputs, 3 * inputs + 1)], epochs=300, progress=False, **options)
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
    ],
)
def test_records_carry_true_epoch_numbers_and_the_last_one(epochs, record_every, recorded) -> None:
    seen = []

    def on_record(epoch: int, model: nn.Module, history: History) -> None:
        seen.append((epoch, history.epochs[-1], len(history.losses)))

    history = train(
        new_model(),
        [IRIS.train],
        epochs=epochs,
        record_every=record_every,
        on_record=on_record,
        progress=False,
    )
    assert history.epochs == recorded
    assert seen == [(epoch, epoch, number) for number, epoch in enumerate(recorded, start=1)]


# What must not happen


class ConstantLoss(nn.Module):
    """A healthy model in a type of few digits: every batch has a loss of 1."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, dtype=dtype))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.weight * 0 + 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_sum_of_many_losses_keeps_its_digits(dtype: torch.dtype) -> None:
    batches = [(torch.zeros(64, 1, dtype=dtype), torch.zeros(64))] * 1_100
    history = train(
        ConstantLoss(dtype),
        batches,
        epochs=1,
        loss_function=lambda outputs, targets: outputs.sum(),
        progress=False,
    )
    assert history.losses == [pytest.approx(1.0)]


def test_layers_that_the_caller_put_to_sleep_sleep_on() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    model[1].eval().requires_grad_(False)
    before = copy.deepcopy(model[1].state_dict())
    train(model, [IRIS.train], epochs=20, progress=False)
    assert all(torch.equal(value, before[name]) for name, value in model[1].state_dict().items())
    assert model.training and not model[1].training


def test_a_model_in_eval_mode_is_trained_in_train_mode_and_given_back_in_eval_mode() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).eval()
    before = model[1].running_mean.clone()
    train(model, [IRIS.train], epochs=2, progress=False)
    assert not torch.equal(model[1].running_mean, before)
    assert not any(module.training for module in model.modules())


def test_nothing_global_is_changed() -> None:
    torch.set_num_threads(2)
    state = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threads = []
        train(
            new_model(),
            [IRIS.train],
            epochs=3,
            on_record=lambda *_: threads.append(torch.get_num_threads()),
            progress=False,
        )
    assert set(threads) == {2} and torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state) and torch.is_grad_enabled()
    torch.set_num_threads(1)


def test_the_device_is_waited_for_once_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    to_number = Tensor.__float__
    monkeypatch.setattr(
        Tensor, "__float__", lambda tensor: reads.append(tensor) or to_number(tensor)
    )
    train(new_model(), [IRIS.train], epochs=30, record_every=10, progress=False)
    assert len(reads) == 4  # the first epoch, and three records


# Ways to end


@pytest.mark.parametrize("moment", ["record", "step"])
def test_an_interrupt_is_a_normal_end(moment: str) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    model, calls = new_model(), []

    def loss_function(outputs: Tensor, targets: Tensor) -> Tensor:
        calls.append(1)
        return stop() if moment == "step" and len(calls) > 5 else outputs.sum() * 0

    history = train(
        model,
        [IRIS.train],
        epochs=20,
        record_every=5,
        loss_function=loss_function,
        on_record=stop if moment == "record" else None,
    )
    assert history.interrupted and history.epochs == [5] and history.seconds > 0
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


@pytest.mark.parametrize(
    ("batches", "kind", "advice"),
    [
        (iter([IRIS.train]), TypeError, "list"),
        (zip([IRIS.train[0]], [IRIS.train[1]], strict=True), TypeError, "list"),
        (IRIS.train, TypeError, r"\[iris.train\]"),
        ([], ValueError, "空"),
    ],
    ids=["iterator", "zip", "one batch", "nothing"],
)
def test_batches_that_would_silently_teach_nothing_are_refused(batches, kind, advice) -> None:
    with pytest.raises(kind, match=advice):
        train(new_model(), batches, epochs=3, progress=False)


def test_the_bar_shows_epochs_and_the_last_recorded_loss(capsys: pytest.CaptureFixture) -> None:
    history = train(new_model(), [IRIS.train], epochs=40, record_every=7)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "训练: 100%" in last and "40/40" in last and f"损失={history.losses[-1]:.4f}" in last
    train(new_model(), [IRIS.train], epochs=3, progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["cuda:99", "mps:7", "meta"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ValueError, match="cpu"):
        pick_device(name)


def test_the_device_is_the_accelerator_or_the_cpu() -> None:
    kind = "cpu"
    if torch.accelerator.is_available():
        kind = torch.accelerator.current_accelerator().type
    assert pick_device().type == kind
    assert pick_device("cpu") == torch.device("cpu")
