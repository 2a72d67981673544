"""Four ways of one training that end at one loss."""

import pytest

from day38.chapters.ladder import RUNGS, plain_loop


@pytest.mark.parametrize("name", RUNGS)
def test_every_rung_is_the_same_training(name: str) -> None:
    assert RUNGS[name](400) == pytest.approx(plain_loop(400), rel=1e-4)
