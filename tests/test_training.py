"""`train`: the loop of the lesson, whatever the model, and every way to end."""

import copy
import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from day38 import History, IrisMLP, evaluate, load_iris, train

IRIS = load_iris()
IRIS_PAIRS = list(zip(*IRIS.train, strict=True))


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
        (199, None, [*range(2, 199, 2), 199]),
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
