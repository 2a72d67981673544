"""PyTorch's own error stands, with one line of advice where shapes and types tell what to do."""

import numpy
import pandas
import pytest
import torch
from torch import nn

from day38 import IrisMLP, evaluate, load_iris, train

INPUTS, TARGETS = load_iris().train
MODEL, LINEAR = IrisMLP(), nn.Linear(4, 1)
FLAT, IMAGES = nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), torch.rand(120, 1, 8, 8)
COMPILED = torch.compile(IrisMLP(), backend="eager")
MIXED = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3).double())
BCE = {"loss_function": nn.BCEWithLogitsLoss()}
ONE_NUMBER = TARGETS[:, None]


def own_loss(outputs: torch.Tensor, targets: torch.Tensor) -> None:
    raise ValueError("no closure for this target")


LBFGS = {"optimizer": torch.optim.LBFGS(MODEL.parameters())}
WRONG = {
    "float64": (MODEL, (INPUTS.double(), TARGETS), {}, RuntimeError, "inputs.to(torch.float32)"),
    "integers": (MODEL, (INPUTS.long(), TARGETS), {}, RuntimeError, "inputs.to(torch.float32)"),
    "too few columns": (MODEL, (INPUTS[:, :3], TARGETS), {}, RuntimeError, "(120, 3)"),
    "(rows, 1)": (MODEL, (INPUTS, TARGETS[:, None]), {}, RuntimeError, "targets.squeeze(1)"),
    "float targets": (MODEL, (INPUTS, TARGETS.float()), {}, RuntimeError, "targets.long()"),
    "three things": (MODEL, (INPUTS, TARGETS, TARGETS), {}, ValueError, "[iris.train]"),
    "an array": (MODEL, (INPUTS.numpy(), TARGETS), {}, AttributeError, "torch.tensor(…)"),
    "one output": (LINEAR, (INPUTS, ONE_NUMBER), {}, RuntimeError, None),
    "a class too many for bytes": (MODEL, (INPUTS, (TARGETS + 5).byte()), {}, IndexError, None),
    "a loss of one's own": (
        MODEL,
        (INPUTS, ONE_NUMBER),
        {"loss_function": own_loss},
        ValueError,
        None,
    ),
    "a class too many": (MODEL, (INPUTS, TARGETS + 1), {}, IndexError, None),
    "a list": (MODEL, (INPUTS, TARGETS.tolist()), {}, AttributeError, "list"),
    "another loss": (LINEAR, (INPUTS, TARGETS.float()), BCE, ValueError, "unsqueeze(1)"),
    "integers for it": (
        LINEAR,
        (INPUTS, TARGETS[:, None]),
        BCE,
        RuntimeError,
        "targets.float()",
    ),
    "compiled": (COMPILED, (INPUTS.double(), TARGETS), {}, RuntimeError, None),
    "single rows": (LINEAR, (INPUTS[0], TARGETS.float()[0]), BCE, ValueError, None),
    "a table": (MODEL, (pandas.DataFrame(INPUTS), TARGETS), {}, AttributeError, "应是两个张量。"),
    "mixed": (MIXED, (INPUTS, TARGETS), {}, RuntimeError, "torch.float64。"),
    "too many outputs for it": (MODEL, (INPUTS, TARGETS.float()), BCE, ValueError, None),
    "images, and float targets": (
        FLAT,
        (IMAGES, TARGETS.float()),
        {},
        RuntimeError,
        "targets.long",
    ),
    "images, and a class too many": (FLAT, (IMAGES, TARGETS + 9), {}, IndexError, None),
    "an optimizer of many losses": (MODEL, (INPUTS, TARGETS), LBFGS, TypeError, "LBFGS"),
}


@pytest.mark.parametrize(("model", "batch", "options", "kind", "advice"), WRONG.values(), ids=WRONG)
def test_the_error_passes_as_it_is_with_advice_added(model, batch, options, kind, advice) -> None:
    with pytest.raises(kind) as caught:
        train(model, [batch], epochs=2, progress=False, **options)
    notes = getattr(caught.value, "__notes__", [])
    assert caught.type is kind and len(notes) == (advice is not None)
    assert advice is None or advice in notes[0]
    assert "torch.tensor(" not in "".join(notes) or {type(part) for part in batch} & {
        list,
        numpy.ndarray,
    }


def no_epoch(epoch: int, *_: object) -> None:
    raise ValueError(f"not in epoch {epoch}")


def wrong_rows(epoch: int, model: nn.Module, history: object) -> None:
    evaluate(model, [(INPUTS.double(), TARGETS)])


@pytest.mark.parametrize(("listener", "notes"), [(no_epoch, 0), (wrong_rows, 1)])
def test_the_error_of_a_listener_gets_no_advice_about_the_batch(listener, notes) -> None:
    with pytest.raises((ValueError, RuntimeError)) as caught:
        train(FLAT, [(IMAGES, TARGETS)], epochs=1, on_record=listener, progress=False)
    assert len(getattr(caught.value, "__notes__", [])) == notes


@pytest.mark.parametrize(
    ("batches", "kind", "advice"),
    [
        ([(INPUTS.double(), TARGETS)], RuntimeError, "inputs.to(torch.float32)"),
        ((INPUTS, TARGETS), ValueError, "[iris.train]"),
    ],
)
def test_evaluating_gives_the_same_advice(batches, kind, advice) -> None:
    with pytest.raises(kind) as caught:
        evaluate(IrisMLP(), batches)
    assert advice in caught.value.__notes__[0]


def test_a_failed_step_is_not_tried_again_and_memory_is_no_matter_of_shapes() -> None:
    calls = []

    def out_of_memory(*_: object) -> None:
        calls.append(1)
        raise torch.OutOfMemoryError("out of memory")

    model = IrisMLP()
    model.register_forward_pre_hook(out_of_memory)
    with pytest.raises(torch.OutOfMemoryError) as caught:
        train(model, [(INPUTS, TARGETS)], epochs=2, progress=False)
    assert calls == [1] and not hasattr(caught.value, "__notes__")
