"""The first step of a process is taken before the bar's clock starts, and leaves no trace."""

import subprocess
import sys
from typing import Any

import pytest
import torch

from day38 import IrisData, train, training
from day38.warm_up import warm_up
from tests.helpers import new_model, same_weights, state_unchanged

CPU = torch.device("cpu")
FIRST_STEP = """
import sys, torch
from day38 import IrisMLP, load_iris
from day38.warm_up import warm_up

inputs, targets = load_iris().train
model = IrisMLP()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
warm_up(torch.device("cpu"))
before = len(sys.modules)
loss = torch.nn.functional.cross_entropy(model(inputs), targets)
optimizer.zero_grad()
loss.backward()
optimizer.step()
print(len(sys.modules) - before)
"""


@pytest.fixture(autouse=True)
def cold() -> None:
    warm_up.cache_clear()


def test_it_comes_before_the_bar(iris: IrisData, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    bar = training.tqdm

    def make_bar(*given: Any, **named: Any) -> Any:
        order.append("bar")
        return bar(*given, **named)

    monkeypatch.setattr(training, "warm_up", lambda device: order.append(f"warm-up, {device}"))
    monkeypatch.setattr(training, "tqdm", make_bar)
    train(new_model(), [iris.train], epochs=1, progress=False)
    assert order == ["warm-up, cpu", "bar"]


def test_afterwards_a_first_step_loads_nothing_more() -> None:
    command = [sys.executable, "-c", FIRST_STEP]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed == "0\n"  # without the warm-up, torch 2.13 loads one more


@pytest.mark.parametrize("gradients", [True, False])
def test_nothing_of_the_callers_changes(gradients: bool) -> None:
    model = new_model()
    with torch.set_grad_enabled(gradients), state_unchanged(model):
        warm_up(CPU)
    assert same_weights(model, new_model())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_only_the_first_call_for_a_device_does_something() -> None:
    warm_up(CPU)
    warm_up(CPU)
    assert (warm_up.cache_info().misses, warm_up.cache_info().hits) == (1, 1)
