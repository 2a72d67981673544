"""Many networks at once learn what each would learn alone."""

import copy

import pytest
import torch
from torch import nn

from day38 import IrisMLP, load_iris, train
from day38.chapters.ensemble import train_ensemble


def new_models(count: int) -> list[IrisMLP]:
    torch.manual_seed(0)
    return [IrisMLP(hidden=6) for _ in range(count)]


def test_each_learns_what_it_would_learn_alone() -> None:
    models, data = new_models(4), [load_iris(seed).train for seed in range(4)]
    alone = copy.deepcopy(models)
    losses = train_ensemble(models, data, epochs=300, learning_rate=0.1, progress=False)
    for model, twin, pair, loss in zip(models, alone, data, losses, strict=True):
        history = train(twin, [pair], epochs=300, learning_rate=0.1, progress=False)
        assert loss == pytest.approx(history.losses[-1], abs=1e-4)
        for one, other in zip(model.parameters(), twin.parameters(), strict=True):
            assert torch.allclose(one, other, atol=1e-3)


def test_an_interrupt_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    models, pair = new_models(2), load_iris().train
    before, calls, multiply = copy.deepcopy(models), [], torch.bmm

    def interrupted(*arguments: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) > 30:
            raise KeyboardInterrupt
        return multiply(*arguments)

    monkeypatch.setattr(torch, "bmm", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_ensemble(models, [pair] * 2, epochs=1_000, progress=False)
    for model, untrained in zip(models, before, strict=True):
        assert not torch.equal(model.hidden.weight, untrained.hidden.weight)


def test_what_would_silently_train_the_wrong_thing_is_refused() -> None:
    model, pair = IrisMLP(), load_iris().train
    with pytest.raises(ValueError, match="自己的模型"):
        train_ensemble([model, model], [pair, pair], epochs=1)
    with pytest.raises(ValueError, match="一份数据"):
        train_ensemble([model], [pair, pair], epochs=1)
    with pytest.raises(ValueError, match="epochs 收到 0"):
        train_ensemble([model], [pair], epochs=0)
    tanh, frozen = IrisMLP(), IrisMLP()
    tanh.relu = nn.Tanh()
    frozen.hidden.requires_grad_(False)
    for other in (tanh, frozen, nn.Sequential(nn.Linear(4, 3))):
        before = copy.deepcopy(other.state_dict())
        with pytest.raises(ValueError, match="不是原样的 IrisMLP"):
            train_ensemble([model, other], [pair, pair], epochs=1)
        assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())
    missing = (pair[0].index_fill(0, torch.tensor([0]), torch.nan), pair[1])
    for data, rate in ((pair, 1e30), (missing, 0.1)):
        with pytest.raises(FloatingPointError, match="学习率"):
            train_ensemble([IrisMLP()], [data], epochs=100, learning_rate=rate, progress=False)
