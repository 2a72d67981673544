"""What every notebook run needs, whoever starts it: the tools, nbmake, the tests."""

import os
import secrets
import sys
import tempfile
from pathlib import Path

from traitlets.config import Config


def prepare() -> None:
    """Correct the environment of the present process; calling it again changes nothing."""
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
