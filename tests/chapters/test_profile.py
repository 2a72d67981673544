"""The five steps of an epoch, each timed."""

import torch

from day38 import IrisMLP, load_iris
from day38.chapters.ladder import plain_loop
from day38.chapters.profile import STEPS, profile_epoch


def test_it_times_the_steps_of_the_plain_loop() -> None:
    inputs, targets = load_iris().train
    torch.manual_seed(42)
    model = IrisMLP()
    parts = profile_epoch(model, inputs, targets, epochs=50)
    assert tuple(parts) == STEPS and min(parts.values()) > 0
    loss = torch.nn.functional.cross_entropy(model(inputs), targets)
    torch.testing.assert_close(loss.item(), plain_loop(51))  # it says the loss before the update
