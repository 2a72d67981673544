"""The ladder: every way of writing the training is the same training."""

import pytest
import torch

from day38.ladder import RUNGS, plain_loop, start
from tests.helpers import same_weights


@pytest.mark.parametrize("name", RUNGS)
@pytest.mark.parametrize("epochs", [1, 500])
def test_every_rung_ends_at_the_same_loss(name: str, epochs: int) -> None:
    assert RUNGS[name](epochs) == pytest.approx(plain_loop(epochs), abs=1e-4)


def test_all_start_from_the_same_weights_and_leave_the_random_state() -> None:
    before = torch.get_rng_state()
    (first, inputs, targets), (second, *_) = start(), start()
    assert same_weights(first, second)
    assert (inputs.shape, targets.shape) == ((120, 4), (120,))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", RUNGS)
def test_a_rung_learns(name: str) -> None:
    assert RUNGS[name](500) < RUNGS[name](1) - 0.05
