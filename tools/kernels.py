"""What every notebook run of this project needs, whoever starts it: the tools, nbmake, the tests.

`kernel_settings` says how nbclient and a kernel talk, and why.
`prepare` makes four corrections in the present process:

* The kernel is the interpreter that runs this code, not whichever `python3` kernel the user has.
* nbclient 0.11 reads and writes one ZeroMQ socket from two tasks once a widget has been made. A
  reply may then arrive without waking the reader, which sleeps for the whole cell timeout.
  Waiting in short slices looks at the socket again and finds it.
* Settings of the terminal that change outputs (the width of bars, the matplotlib backend) are
  taken out of the environment.
* PyTorch gets one thread, unless told otherwise: for the lesson's small nets that is faster,
  several times so when two notebooks run at once, and sums are added up in one order.
"""

import os
import secrets
import sys
import tempfile
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

import zmq
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets.config import Config

SLICE_SECONDS = 0.25
TRANSPORT = "tcp" if sys.platform == "win32" else "ipc"

_get_msg = AsyncZMQSocketChannel.get_msg


async def _get_msg_in_slices(
    channel: AsyncZMQSocketChannel, timeout: float | None = None
) -> dict[str, Any]:
    """Do as `AsyncZMQSocketChannel.get_msg`, never sleeping longer than one slice."""
    deadline = None if timeout is None else monotonic() + timeout
    while True:
        left = SLICE_SECONDS if deadline is None else deadline - monotonic()
        try:
            return await _get_msg(channel, timeout=max(0.0, min(SLICE_SECONDS, left)))
        except Empty:
            if deadline is not None and monotonic() >= deadline:
                raise


def prepare() -> None:
    """Make the corrections described above; calling it again changes nothing."""
    AsyncZMQSocketChannel.get_msg = _get_msg_in_slices
    use_this_interpreter()
    for name in ("COLUMNS", "LINES", "MPLBACKEND"):
        os.environ.pop(name, None)
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def kernel_settings() -> Config:
    """Return the `config` for an `nbclient.NotebookClient`.

    Of TCP ports Jupyter picks free ones, and the kernel binds them seconds later: now and then
    another program has taken one in between. Sockets in the file system have names of their own.
    On Windows it stays with ports.
    """
    if TRANSPORT == "ipc":
        sockets = Path(tempfile.gettempdir()) / f"day38-{secrets.token_hex(4)}"
        return Config({"KernelManager": {"transport": "ipc", "ip": str(sockets)}})
    encryption = "auto" if zmq.has("curve") else "disabled"  # without it, ipykernel warns
    return Config({"KernelManager": {"transport_encryption": encryption}})


def use_this_interpreter() -> None:
    """Let Jupyter look for kernels beside this interpreter before anywhere else.

    The first folder of `JUPYTER_PATH` wins. Jupyter replaces the `python` of the kernel found
    there by `sys.executable`.
    """
    here = str(Path(sys.prefix) / "share" / "jupyter")
    folders = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    if folders[0] != here:
        os.environ["JUPYTER_PATH"] = os.pathsep.join([here, *filter(None, folders)])
