"""The data and a trained network, made once for all tests of pictures."""

import pytest
import torch

from day38 import IrisMLP, TabularData, train


@pytest.fixture(scope="session")
def trained(iris: TabularData) -> IrisMLP:
    """Return about what the lesson's recipe gives; tests must not change it."""
    torch.manual_seed(42)
    model = IrisMLP()
    train(model, [iris.train], epochs=600, learning_rate=0.1, progress=False)
    return model
