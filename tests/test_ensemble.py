"""`train_ensemble`: it follows `train`, leaves state as found, and says what does not fit."""

from typing import Any

import pytest
import torch
from torch import nn

from day38 import IrisData, IrisMLP, load_iris, train, train_ensemble
from tests.helpers import chinese_error, new_model, same_weights, state_unchanged


def largest_difference(one: nn.Module, other: nn.Module) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((first - second).detach().abs().max()) for first, second in pairs)


@pytest.mark.parametrize("learning_rate", [0.01, 0.5])
def test_it_follows_the_runs_one_by_one(learning_rate: float) -> None:
    pairs = [load_iris(seed=seed).train for seed in range(3)]
    together = [new_model(seed) for seed in range(3)]
    losses = train_ensemble(
        together, pairs, epochs=2_000, learning_rate=learning_rate, progress=False
    )
    for seed, pair in enumerate(pairs):
        alone = new_model(seed)
        history = train(alone, [pair], epochs=2_000, learning_rate=learning_rate, progress=False)
        assert largest_difference(alone, together[seed]) < 1e-4
        assert abs(history.losses[-1] - losses[seed]) < 1e-4


def test_other_sizes() -> None:
    inputs, targets = torch.rand(7, 2), torch.tensor([0, 1, 2, 3, 4, 0, 1])
    alone, together = (IrisMLP(2, 6, 5) for _ in range(2))
    together.load_state_dict(alone.state_dict())
    train(alone, [(inputs, targets)], epochs=300, learning_rate=0.1, progress=False)
    train_ensemble([together], [(inputs, targets)], epochs=300, learning_rate=0.1, progress=False)
    assert largest_difference(alone, together) < 1e-4


def test_state_is_left_as_found(iris: IrisData) -> None:
    model = new_model()
    with state_unchanged(model):
        train_ensemble([model], [iris.train], epochs=3, progress=False)
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not any(parameter.is_inference() for parameter in model.parameters())
    train(model, [iris.train], epochs=1, progress=False)


def test_bar(iris: IrisData, capsys: pytest.CaptureFixture) -> None:
    train_ensemble([new_model()], [iris.train], epochs=250)
    assert "训练 1 个模型: 100%" in capsys.readouterr().err
    train_ensemble([new_model()], [iris.train], epochs=250, progress=False)
    assert not capsys.readouterr().err


def test_divergence_is_an_error_and_changes_nothing(iris: IrisData) -> None:
    models = [new_model(), new_model(1)]
    huge = (iris.train[0] * 1e30, iris.train[1])
    with chinese_error(FloatingPointError, "1 个模型", "学习率"):
        train_ensemble(models, [iris.train, huge], epochs=50, learning_rate=10.0, progress=False)
    assert same_weights(models[0], new_model())
    assert same_weights(models[1], new_model(1))


def wrong_calls(iris: IrisData) -> dict[str, tuple[dict[str, Any], type[Exception], str]]:
    x, y = iris.train
    model = new_model()

    def changed(**options: Any) -> dict[str, Any]:
        return {"models": [new_model()], "data": [(x, y)], "epochs": 1, **options}

    two = [new_model(), new_model()]
    nan = x.clone()
    nan[3, 1] = float("nan")
    return {
        "no model": (changed(models=[], data=[]), ValueError, "0 个模型"),
        "too little data": (changed(models=two), ValueError, "2 个模型和 1 份"),
        "a generator": (changed(models=(m for m in two)), TypeError, "list"),
        "another module": (changed(models=[nn.Linear(4, 3)]), TypeError, "Linear"),
        "twice the same": (changed(models=[model] * 2, data=[(x, y)] * 2), ValueError, "两次"),
        "two sizes": (
            changed(models=[model, IrisMLP(hidden=3)], data=[(x, y)] * 2),
            ValueError,
            "大小",
        ),
        "float64": (changed(models=[new_model().double()]), ValueError, "float32"),
        "rows differ": (
            changed(models=two, data=[(x, y), (x[:9], y[:9])]),
            ValueError,
            "(9, 4)",
        ),
        "columns": (changed(data=[(x[:, :3], y)]), ValueError, "(120, 3)"),
        "float64 inputs": (changed(data=[(x.double(), y)]), ValueError, "float64"),
        "float targets": (changed(data=[(x, y.float())]), ValueError, "int64"),
        "label": (changed(data=[(x, y + 1)]), ValueError, "0 到 2"),
        "NaN": (changed(data=[(nan, y)]), ValueError, "第 3 行"),
        "no pair": (changed(data=[x]), TypeError, "张量"),
        "epochs": (changed(epochs=0), ValueError, "epochs"),
        "learning rate": (changed(learning_rate=-1), ValueError, "learning_rate"),
    }


@pytest.mark.parametrize("case", list(wrong_calls(load_iris())))
def test_wrong_calls(iris: IrisData, case: str) -> None:
    options, kind, part = wrong_calls(iris)[case]
    with chinese_error(kind, part):
        train_ensemble(**options, progress=False)
