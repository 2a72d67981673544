"""What every notebook run needs, whoever starts it: the tools, nbmake, the tests."""

import math
import os
import secrets
import sys
import tempfile
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets.config import Config

_get_msg = AsyncZMQSocketChannel.get_msg


async def _get_msg_in_slices(
    channel: AsyncZMQSocketChannel, timeout: float | None = None
) -> dict[str, Any]:
    """Do as `AsyncZMQSocketChannel.get_msg`, never sleeping longer than one slice.

    nbclient 0.11 reads and writes one ZeroMQ socket from two tasks once a widget has been made. A
    reply may then arrive without waking the reader, which sleeps for the whole cell timeout.
    """
    until = math.inf if timeout is None else monotonic() + timeout
    while True:
        try:
            left = max(0.0, until - monotonic())
            return await _get_msg(channel, timeout=min(0.25, left))
        except Empty:
            if monotonic() >= until:
                raise


def prepare() -> None:
    """Correct the present process and its environment; calling it again changes nothing."""
    AsyncZMQSocketChannel.get_msg = _get_msg_in_slices
    # The kernel is this interpreter, not whichever `python3` kernel the user has.
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix) / "share" / "jupyter")
    # Settings of the terminal change outputs: the width of bars, the matplotlib backend.
    for name in ("COLUMNS", "LINES", "MPLBACKEND"):
        os.environ.pop(name, None)
    # One thread is faster for networks this small, and adds up in one order.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PYTHONHASHSEED", "0")


def kernel_settings() -> Config:
    """Return the `config` for an `nbclient.NotebookClient`.

    Of TCP ports Jupyter picks free ones, and the kernel binds them seconds later: now and then
    another program has taken one in between. Sockets in the file system have names of their own.
    """
    if sys.platform == "win32":
        return Config()
    sockets = Path(tempfile.gettempdir()) / f"day38-{secrets.token_hex(4)}"
    return Config({"KernelManager": {"transport": "ipc", "ip": str(sockets)}})
