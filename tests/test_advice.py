"""PyTorch's own error stands, with one line of advice where shapes and types tell what to do."""

import pytest
import torch
from torch import nn

from day38 import IrisMLP, evaluate, load_iris, train

INPUTS, TARGETS = load_iris().train
MODEL, LINEAR = IrisMLP(), nn.Linear(4, 1)
BCE = {"loss_function": nn.BCEWithLogitsLoss()}
LBFGS = {"optimizer": torch.optim.LBFGS(MODEL.parameters())}
WRONG = {
    "float64": (MODEL, (INPUTS.double(), TARGETS), {}, RuntimeError, "inputs.to(torch.float32)"),
    "integers": (MODEL, (INPUTS.long(), TARGETS), {}, RuntimeError, "inputs.to(torch.float32)"),
    "too few columns": (MODEL, (INPUTS[:, :3], TARGETS), {}, RuntimeError, "(120, 3)"),
    "(rows, 1)": (MODEL, (INPUTS, TARGETS[:, None]), {}, RuntimeError, "targets.squeeze(1)"),
    "float targets": (MODEL, (INPUTS, TARGETS.float()), {}, RuntimeError, "targets.long()"),
    "three things": (MODEL, (INPUTS, TARGETS, TARGETS), {}, ValueError, "[iris.train]"),
    "an array": (MODEL, (INPUTS.numpy(), TARGETS), {}, AttributeError, None),
    "a class too many": (MODEL, (INPUTS, TARGETS + 1), {}, IndexError, None),
    "another loss": (LINEAR, (INPUTS, TARGETS.float()), BCE, ValueError, "unsqueeze(1)"),
    "an optimizer of many losses": (MODEL, (INPUTS, TARGETS), LBFGS, TypeError, "LBFGS"),
}


@pytest.mark.parametrize(("model", "batch", "options", "kind", "advice"), WRONG.values(), ids=WRONG)
def test_the_error_passes_as_it_is_with_advice_added(model, batch, options, kind, advice) -> None:
    with pytest.raises(kind) as caught:
        train(model, [batch], epochs=2, progress=False, **options)
    notes = getattr(caught.value, "__notes__", [])
    assert caught.type is kind and len(notes) == (advice is not None)
    assert advice is None or advice in notes[0]


def test_evaluating_gives_the_same_advice() -> None:
    with pytest.raises(RuntimeError) as caught:
        evaluate(IrisMLP(), [(INPUTS.double(), TARGETS)])
    assert "inputs.to(torch.float32)" in caught.value.__notes__[0]


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
