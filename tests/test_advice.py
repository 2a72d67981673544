"""PyTorch's own error stands, with one line of advice where shapes and types tell what to do."""

import pytest
import torch
from torch import nn

from day38 import IrisMLP, evaluate, load_iris, train

INPUTS, TARGETS = load_iris().train
MODEL = IrisMLP()
WRONG = {
    "float64": ((INPUTS.double(), TARGETS), RuntimeError, "inputs.to(torch.float32)"),
    "whole numbers": ((INPUTS.long(), TARGETS), RuntimeError, "inputs.to(torch.float32)"),
    "too few columns": ((INPUTS[:, :3], TARGETS), RuntimeError, "(120, 3)"),
    "(rows, 1)": ((INPUTS, TARGETS[:, None]), RuntimeError, "targets.squeeze(1)"),
    "float targets": ((INPUTS, TARGETS.float()), RuntimeError, "targets.long()"),
    "three things": ((INPUTS, TARGETS, TARGETS), ValueError, "[iris.train]"),
    "an array": ((INPUTS.numpy(), TARGETS), AttributeError, None),
    "a class too many": ((INPUTS, TARGETS + 1), IndexError, None),
}


@pytest.mark.parametrize(("batch", "kind", "advice"), WRONG.values(), ids=WRONG)
def test_the_error_passes_as_it_is_with_advice_added(batch, kind, advice) -> None:
    with pytest.raises(kind) as caught:
        train(IrisMLP(), [batch], epochs=2, progress=False)
    notes = getattr(caught.value, "__notes__", [])
    assert caught.type is kind and len(notes) == (advice is not None)
    assert advice is None or advice in notes[0]


@pytest.mark.parametrize(
    ("model", "targets", "options", "advice"),
    [
        (
            nn.Linear(4, 1),
            TARGETS.float(),
            {"loss_function": nn.BCEWithLogitsLoss()},
            "unsqueeze(1)",
        ),
        (MODEL, TARGETS, {"optimizer": torch.optim.LBFGS(MODEL.parameters())}, "LBFGS"),
    ],
)
def test_advice_on_other_losses_and_optimizers_is_right_too(
    model, targets, options, advice
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        train(model, [(INPUTS, targets)], epochs=2, progress=False, **options)
    assert [note for note in caught.value.__notes__ if advice in note]


def test_evaluating_gives_the_same_advice() -> None:
    with pytest.raises(RuntimeError) as caught:
        evaluate(IrisMLP(), [(INPUTS.double(), TARGETS)])
    assert "inputs.to(torch.float32)" in caught.value.__notes__[0]


def test_a_failed_step_is_not_tried_again_and_memory_is_no_matter_of_shapes() -> None:
    class OutOfMemory(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.calls = nn.Linear(4, 3), 0

        def forward(self, inputs):
            self.calls += 1
            raise torch.OutOfMemoryError("out of memory")

    model = OutOfMemory()
    with pytest.raises(torch.OutOfMemoryError) as caught:
        train(model, [(INPUTS, TARGETS)], epochs=2, progress=False)
    assert model.calls == 1 and not hasattr(caught.value, "__notes__")
