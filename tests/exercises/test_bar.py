"""The counting bar is a tqdm bar that nobody sees."""

from threading import Thread
from typing import Any

from tqdm import tqdm as real_tqdm

from day38.exercises.bar import counting_bar


def test_the_counting_bar_counts_as_tqdm_does_and_is_not_seen(capsys: Any) -> None:
    tqdm = counting_bar()
    assert issubclass(tqdm, real_tqdm)
    with tqdm(total=25, desc="训练", disable=True) as bar:
        for _ in range(20):
            bar.update(1)
        bar.set_postfix(loss=3000)
        bar.set_postfix({"loss": 1}, refresh=False)
    assert (bar.n, bar.total, bar.postfixes, bar.closed) == (20, 25, 2, True)
    looped, unclosed = tqdm([1, 2, 3]), tqdm(enumerate("ab"))
    assert list(looped) == [1, 2, 3] and looped.n == 3 and looped.closed
    assert unclosed.total is None and not unclosed.closed
    assert tqdm.made == [bar, looped, unclosed] and counting_bar().made == []
    assert capsys.readouterr() == ("", "")


def test_one_left_open_can_be_closed_while_a_bar_of_the_notebook_is_being_drawn() -> None:
    left_open = counting_bar()(total=10)
    collector = Thread(target=left_open.close, daemon=True)
    with real_tqdm.get_lock():
        collector.start()
        collector.join(5)
        assert not collector.is_alive()
