"""Batches on their way to a model, and the errors of those that do not fit.

The tables of `tests.helpers` are tried with every call that takes batches: `train`, its
`validation`, and `evaluate`.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from day38 import IrisData, IrisMLP, evaluate, train
from day38.batches import DeviceBatches, describe, device_of, module_mode
from tests.helpers import (
    BAD_BATCHES,
    BAD_LOSS_FUNCTIONS,
    BatchCase,
    OneShot,
    bad_models,
    chinese_error,
    new_model,
    state_unchanged,
)


def run_train(model: Any, batches: Any, **options: Any) -> None:
    train(model, batches, epochs=2, progress=False, **options)


def run_validation(model: Any, batches: Any, **options: Any) -> None:
    inputs = torch.rand(6, 4, generator=torch.Generator().manual_seed(0))
    good = [(inputs, torch.tensor([0, 1, 2, 0, 1, 2]))]
    train(model, good, epochs=2, progress=False, validation=batches, **options)


CALLS = [run_train, run_validation, evaluate]
each_call = pytest.mark.parametrize("call", CALLS, ids=["train", "validation", "evaluate"])


@each_call
@pytest.mark.parametrize("case", BAD_BATCHES.values(), ids=BAD_BATCHES)
def test_bad_batches_get_one_clear_error(
    iris: IrisData, call: Callable[..., Any], case: BatchCase
) -> None:
    make, kind, parts = case
    model = new_model()
    with state_unchanged(model), chinese_error(kind, *parts):
        call(model, make(*iris.train))


@pytest.mark.parametrize(
    ("bad", "kind"), [(3, TypeError), ([], ValueError), (iter([]), TypeError), ([3], TypeError)]
)
def test_the_message_names_the_argument(bad: Any, kind: type[Exception]) -> None:
    for call, name in ((run_train, "batches"), (run_validation, "validation")):
        with chinese_error(kind, f"{name} "):
            call(new_model(), bad)


@each_call
@pytest.mark.parametrize("case", BAD_LOSS_FUNCTIONS.values(), ids=BAD_LOSS_FUNCTIONS)
def test_a_bad_loss_function_gets_one_clear_error(
    iris: IrisData, call: Callable[..., Any], case: tuple[Any, type[Exception], list[str]]
) -> None:
    loss_function, kind, parts = case
    model = new_model()
    with state_unchanged(model), chinese_error(kind, *parts):
        call(model, [iris.train], loss_function=loss_function)


@pytest.mark.parametrize("call", [run_train, evaluate], ids=["train", "evaluate"])
@pytest.mark.parametrize("name", bad_models())
def test_a_bad_model_gets_one_clear_error(
    iris: IrisData, call: Callable[..., Any], name: str
) -> None:
    model, kind, parts = bad_models()[name]
    with chinese_error(kind, *parts):
        call(model, [iris.train])


def test_data_that_is_gone_in_the_second_epoch_is_noticed(iris: IrisData) -> None:
    with chinese_error(ValueError, "OneShot", "list(...)"):
        run_train(new_model(), OneShot([iris.train]))
    with chinese_error(ValueError, "validation", "OneShot"):
        run_validation(new_model(), OneShot([iris.train]))


def test_batches_on_another_device_are_moved(iris: IrisData) -> None:
    batches = DeviceBatches("batches", [iris.train, iris.test], torch.device("meta"))
    devices = [(inputs.device.type, targets.device.type) for inputs, targets in batches]
    assert devices == [("meta", "meta")] * 2


def test_batches_on_the_device_are_not_copied(iris: IrisData) -> None:
    for _ in range(2):
        ((inputs, targets),) = DeviceBatches("batches", [iris.train], torch.device("cpu"))
        assert inputs is iris.train[0]
        assert targets is iris.train[1]


def test_train_and_evaluate_give_the_model_what_is_on_its_device(
    monkeypatch: pytest.MonkeyPatch, iris: IrisData
) -> None:
    """Stand in for an accelerator: a tensor class that says where it is, and moves by `to`."""

    class Elsewhere(Tensor):
        device = torch.device("xpu", 0)  # type: ignore[assignment]

        def to(self, device: torch.device) -> Tensor:  # type: ignore[override]
            moved.append(device)
            return self.as_subclass(Tensor)

    moved: list[torch.device] = []
    far = tuple(part.as_subclass(Elsewhere) for part in iris.train)
    near, model = new_model(), new_model()
    train(model, [far], epochs=2, progress=False)
    assert moved == [torch.device("cpu")] * 4
    train(near, [iris.train], epochs=2, progress=False)
    assert torch.equal(model.hidden.weight, near.hidden.weight)
    assert evaluate(model, [far]) == evaluate(near, [iris.train])


def test_the_check_happens_on_the_first_pass_only(
    monkeypatch: pytest.MonkeyPatch, iris: IrisData
) -> None:
    checked = []
    monkeypatch.setattr(DeviceBatches, "_check", lambda self, batch: checked.append(batch))
    batches = DeviceBatches("batches", [iris.train, iris.test], torch.device("cpu"))
    for _ in range(3):
        assert len(list(batches)) == 2
    assert len(checked) == 2


def test_device_of_counts_buffers() -> None:
    assert device_of(IrisMLP()) == torch.device("cpu")
    model = nn.BatchNorm1d(3)
    model.running_mean = model.running_mean.to("meta")
    with chinese_error(ValueError, "cpu、meta"):
        device_of(model)


def test_every_submodule_gets_its_own_mode_back() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Sequential(nn.Dropout()))
    model[1].eval()
    model[2][0].eval()
    for training in (True, False):
        with state_unchanged(model), module_mode(model, training=training):
            assert {module.training for module in model.modules()} == {training}
        with state_unchanged(model), pytest.raises(KeyError), module_mode(model, training=training):
            raise KeyError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.zeros(2, 3), "形状 (2, 3)、torch.float32 的张量"),
        ((1, 2, 3), "3 个元素的 tuple"),
        ([], "0 个元素的 list"),
        (1.5, "float"),
    ],
)
def test_describe(value: object, words: str) -> None:
    assert describe(value) == words
