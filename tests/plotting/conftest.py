"""The data and networks of all tests of pictures."""

import pytest
import torch

from day38 import IrisData, IrisMLP, load_iris, train


def new_model() -> IrisMLP:
    """Return an untrained network, always with the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(42)
        return IrisMLP()


@pytest.fixture(scope="session")
def iris() -> IrisData:
    return load_iris()


@pytest.fixture(scope="session")
def trained(iris: IrisData) -> IrisMLP:
    """Return about what the lesson's recipe gives; tests must not change it."""
    model = new_model()
    train(model, [iris.train], epochs=600, learning_rate=0.1, progress=False)
    return model
