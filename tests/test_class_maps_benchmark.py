"""The Grad-CAM benchmark: its verdict follows the notebook's limits."""

from typing import Any

import pytest

from benchmarks import class_maps

FINE: dict[str, Any] = {
    "seed": 0,
    "honest": 0.85,
    "on digit": 0.94,
    "untrained": 0.24,
    "cheater": 0.95,
    "plain 8s": 0.0,
    "marked others": 0.72,
    "on mark": 0.98,
}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 0),
        ({"honest": 0.5}, 1),
        ({"on digit": 0.5}, 1),
        ({"untrained": 0.1}, 1),
        ({"cheater": 0.5}, 1),
        ({"plain 8s": 0.5}, 1),
        ({"marked others": 0.2}, 1),
        ({"on mark": 0.3}, 1),
    ],
)
def test_a_claim_that_fails_ends_with_1(
    changes: dict[str, float], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_maps, "one_seed", lambda seed: {**FINE, **changes})
    assert class_maps.main([]) == status
