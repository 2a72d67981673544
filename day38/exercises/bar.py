"""The bar that judges hand to a student's function in place of ``tqdm``: a real one, unseen."""

import io
import math
from threading import RLock
from typing import Any, ClassVar
from weakref import WeakSet

from tqdm import tqdm


def counting_bar() -> type[tqdm]:
    """Return a new class of bars that nobody sees; `made` lists its bars.

    Each notes, besides tqdm's `n` and `total`, how many `postfixes` it got and if it is `closed`.
    """

    class CountingBar(tqdm):
        made: ClassVar[list[tqdm]] = []
        monitor_interval = 0  # no watching thread
        _instances: ClassVar[WeakSet] = WeakSet()  # one left open moves no bar of the notebook
        # The garbage collector closes it in any thread, even in Jupyter's that prints: there it
        # must not wait for a bar of the notebook, which waits for that thread.
        _lock: ClassVar[Any] = RLock()

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.postfixes, self.closed = 0, False
            unseen = {"file": io.StringIO(), "disable": False, "miniters": math.inf}
            super().__init__(*arguments, **options | unseen)
            self.made.append(self)

        def set_postfix(self, *arguments: Any, **values: Any) -> None:
            self.postfixes += 1
            super().set_postfix(*arguments, **values)

        def set_postfix_str(self, *arguments: Any, **options: Any) -> None:
            self.postfixes += 1
            super().set_postfix_str(*arguments, **options)

        def close(self) -> None:
            self.closed = True
            super().close()

    return CountingBar
