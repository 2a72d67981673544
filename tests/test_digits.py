"""Digits on noisy pictures: placed where it is said, split without leaks, marked on request."""

from typing import Any

import pytest
import torch

from day38 import DigitCNN, DigitScenes, evaluate, load_digit_scenes, train, with_mark
from day38.digits import CANVAS, DIGIT, INK, MARK, NOISE
from tests.helpers import chinese_error


@pytest.fixture(scope="module")
def scenes() -> tuple[DigitScenes, DigitScenes]:
    return load_digit_scenes(seed=0, copies=2)


def test_sizes_types_and_range(scenes: tuple[DigitScenes, DigitScenes]) -> None:
    train_scenes, test_scenes = scenes
    assert len(train_scenes.images) == 2 * (1797 - 449)
    assert len(test_scenes.images) == 449
    for part in scenes:
        assert part.images.shape == (len(part.digits), 1, CANVAS, CANVAS)
        assert part.images.dtype == torch.float32 and part.digits.dtype == torch.int64
        assert part.images.min() >= 0 and part.images.max() == INK
        assert set(part.digits.tolist()) == set(range(10))


def test_the_digit_is_in_its_box_and_noise_everywhere_else(
    scenes: tuple[DigitScenes, DigitScenes],
) -> None:
    test_scenes = scenes[1]
    outside = test_scenes.images.clone()
    for image, (row, column) in zip(outside, test_scenes.corners, strict=True):
        image[0, row : row + DIGIT, column : column + DIGIT] = 0
    assert outside.max() <= NOISE
    brightest = test_scenes.images.flatten(1).argmax(dim=1)
    points = torch.stack([brightest // CANVAS, brightest % CANVAS], dim=1)
    assert test_scenes.inside(points).all()
    corner = torch.zeros(len(points), 2, dtype=torch.int64)
    assert (test_scenes.inside(corner) == (test_scenes.corners == 0).all(dim=1)).all()
    assert not test_scenes.inside(test_scenes.corners + DIGIT).any()


def test_the_same_seed_gives_the_same_and_leaves_random_numbers_alone() -> None:
    state = torch.get_rng_state()
    one, other, third = (load_digit_scenes(seed, copies=1)[1] for seed in (3, 3, 4))
    assert torch.equal(one.images, other.images) and torch.equal(one.digits, other.digits)
    assert not torch.equal(one.digits, third.digits)
    assert torch.equal(state, torch.get_rng_state())


def test_a_mark_is_put_on_the_chosen_only(scenes: tuple[DigitScenes, DigitScenes]) -> None:
    test_scenes = scenes[1]
    before = test_scenes.images.clone()
    eights = test_scenes.digits == 8
    marked = with_mark(test_scenes, eights)
    assert torch.equal(test_scenes.images, before)
    assert (marked.images[eights][:, :, :MARK, :MARK] == 1).all()
    assert torch.equal(marked.images[~eights], before[~eights])
    changed = (marked.images != before).flatten(1).sum(dim=1)
    assert (changed[eights] == MARK**2).all() and (changed[~eights] == 0).all()


def test_batches_hold_everything_once(scenes: tuple[DigitScenes, DigitScenes]) -> None:
    batches = scenes[1].batches(100)
    assert [len(images) for images, _ in batches] == [100, 100, 100, 100, 49]
    assert torch.equal(torch.cat([digits for _, digits in batches]), scenes[1].digits)


def test_the_network_learns_a_little(
    scenes: tuple[DigitScenes, DigitScenes],
) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = DigitCNN()
    few = DigitScenes(*(part[:640] for part in vars(scenes[0]).values()))
    adam = torch.optim.Adam(model.parameters(), lr=0.005)
    history = train(model, few.batches(), epochs=2, optimizer=adam, progress=False)
    assert history.losses[-1] < 2.2
    assert evaluate(model, few.batches()).total == 640
    assert model(torch.zeros(2, 1, 9, 31)).shape == (2, 10)


@pytest.mark.parametrize(
    ("arguments", "kind", "part"),
    [
        ({"seed": -1}, ValueError, "seed"),
        ({"seed": 0.5}, TypeError, "seed"),
        ({"copies": 0}, ValueError, "copies"),
        ({"copies": "2"}, TypeError, "copies"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], kind: type[Exception], part: str) -> None:
    with chinese_error(kind, part):
        load_digit_scenes(**arguments)
