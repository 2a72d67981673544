"""One thread for small steps, all for large ones, the caller's number afterwards."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from day38 import IrisData, IrisMLP, train
from day38.threads import WORTH_SHARING, StepThreads
from tests.helpers import chinese_error

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def during(threads: int | None = None, device: torch.device = CPU, rows: int = 120) -> int:
    """Return the number of threads while a batch of `rows` rows is being trained on."""
    with StepThreads(IrisMLP(), device, threads) as rule:
        rule.look(torch.zeros(rows, 4))
        return torch.get_num_threads()


LARGE = -(-WORTH_SHARING // (4 * 83))


def test_a_small_step_gets_one_thread_and_a_large_one_all() -> None:
    assert during(rows=LARGE - 1) == 1
    assert during(rows=LARGE) == 2
    assert torch.get_num_threads() == 2


def test_one_large_batch_among_small_ones_is_enough() -> None:
    with StepThreads(IrisMLP(), CPU) as rule:
        for rows in (10, LARGE, 10):
            rule.look(torch.zeros(rows, 4))
        assert torch.get_num_threads() == 2


def test_the_caller_can_choose() -> None:
    assert during(threads=2) == 2
    assert during(threads=1, rows=LARGE) == 1
    assert during(threads=3) == 3
    assert torch.get_num_threads() == 2


def test_a_caller_with_one_thread_keeps_it() -> None:
    torch.set_num_threads(1)
    assert during(rows=LARGE) == 1
    assert torch.get_num_threads() == 1


def test_on_another_device_nothing_changes() -> None:
    assert during(device=torch.device("meta")) == 2


def test_threads_come_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), StepThreads(IrisMLP(), CPU):
        assert torch.get_num_threads() == 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("stop", [None, KeyboardInterrupt, ZeroDivisionError])
def test_train_uses_the_rule_and_restores(iris: IrisData, stop: type[BaseException] | None) -> None:
    seen = []

    def look(epoch: int, model: nn.Module, history: object) -> None:
        seen.append(torch.get_num_threads())
        if stop:
            raise stop

    def run() -> None:
        train(IrisMLP(), [iris.train], epochs=1, on_record=look, progress=False)

    if stop is ZeroDivisionError:
        with pytest.raises(ZeroDivisionError):
            run()
    else:
        run()
    assert seen == [1]
    assert torch.get_num_threads() == 2


def test_train_takes_the_callers_number(iris: IrisData) -> None:
    seen = []
    train(
        IrisMLP(),
        [iris.train],
        epochs=2,
        threads=2,
        on_record=lambda *_: seen.append(torch.get_num_threads()),
        progress=False,
    )
    assert seen == [2, 2]


@pytest.mark.parametrize(
    ("threads", "kind"),
    [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("2", TypeError), (True, TypeError)],
)
def test_wrong_numbers_of_threads(iris: IrisData, threads: object, kind: type[Exception]) -> None:
    with chinese_error(kind, "threads"):
        train(IrisMLP(), [iris.train], epochs=1, threads=threads)
    assert torch.get_num_threads() == 2
