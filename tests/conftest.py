"""The data and the trained network of the lesson, made once for all tests."""

import pytest

from day38 import History, IrisData, IrisMLP, load_iris, train
from tests.helpers import new_model


@pytest.fixture(scope="session")
def iris() -> IrisData:
    return load_iris()


@pytest.fixture(scope="session")
def lesson(iris: IrisData) -> tuple[IrisMLP, History]:
    """Return what the lesson's recipe gives; tests must not change it."""
    model = new_model(seed=42)
    return model, train(model, [iris.train], epochs=20_000, learning_rate=0.01, progress=False)


@pytest.fixture(scope="session")
def trained(lesson: tuple[IrisMLP, History]) -> IrisMLP:
    return lesson[0]
