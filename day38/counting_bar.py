"""A stand-in for tqdm that draws nothing and counts what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

REDRAW_EVERY = 100  # updates, where tqdm goes by the clock


class CountingBar:
    """Behaves as tqdm does, as far as the lesson's loops can see.

    Attributes
    ----------
    made : list of CountingBar
        The bars made of this class; `counting_bar` gives a class of its own to each judge.
    total, n : int
        The wanted and the reached count. As in tqdm, `n` is not kept up to date while the bar
        is iterated over.
    n_was_read : bool
        Whether anyone looked at `n`.
    updates : list
        What `update` was given.
    postfixes : list of str
        What was to be shown at the end of the bar.
    redraws : int
        How often the caller forced a redraw.
    closed : bool
    """

    made: ClassVar[list[CountingBar]]

    def __init__(
        self, iterable: Iterable | None = None, desc: str = "", total: Any = None, **options: Any
    ) -> None:
        if total is None and hasattr(iterable, "__len__"):
            total = len(iterable)  # type: ignore[arg-type]
        self.iterable, self.desc, self.total = iterable, desc, total
        self._n, self.n_was_read, self.redraws, self.closed = 0, False, 0, False
        self.updates: list[Any] = []
        self.postfixes: list[str] = []
        self.made.append(self)

    @property
    def n(self) -> Any:
        """The count that was reached, as far as the caller can see."""
        self.n_was_read = True
        return self._n

    @n.setter
    def n(self, value: Any) -> None:
        self._n = value

    def __iter__(self) -> Iterator:
        count = 0
        try:
            for item in self.iterable:  # type: ignore[union-attr]
                yield item
                count += 1
        finally:
            self._n += count
            self.close()

    def __len__(self) -> int:
        return self.total

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> CountingBar:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def update(self, n: Any = 1) -> bool:
        """Count `n` more, unless the bar is closed; say whether tqdm would have redrawn."""
        if self.closed:
            return False
        self.updates.append(n)
        self._n += n
        return len(self.updates) % REDRAW_EVERY == 0

    def set_postfix(self, ordered_dict: Any = None, refresh: bool = True, **values: Any) -> None:
        """Note what is to be shown, and whether a redraw is forced."""
        items = {**dict(ordered_dict or {}), **values}.items()
        self.set_postfix_str(", ".join(f"{name}={value}" for name, value in items), refresh)

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
        """Note what is to be shown, and whether a redraw is forced."""
        self.postfixes.append(s)
        self.redraws += bool(refresh)

    def set_description(self, desc: str = "", refresh: bool = True) -> None:
        """Note a new name, and whether a redraw is forced."""
        self.desc = desc
        self.redraws += bool(refresh)

    def refresh(self, *arguments: Any, **options: Any) -> None:
        """Note a forced redraw."""
        self.redraws += 1

    def close(self) -> None:
        """End the bar; later updates are lost, as in tqdm."""
        self.closed = True

    @classmethod
    def write(cls, s: str, **options: Any) -> None:
        """Print nothing."""


def counting_bar() -> type[CountingBar]:
    """Return a fresh class, to be given to a student's function in place of ``tqdm``."""

    class tqdm(CountingBar):
        made: ClassVar[list[CountingBar]] = []

    return tqdm
