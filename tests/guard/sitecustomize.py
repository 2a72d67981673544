"""Refuse and note what the lesson must not do: write outside temporary folders, use the network.

Python imports a module of this name when it starts, so every Python process that has this folder
on its ``PYTHONPATH`` is guarded: kernels, and what they start. `tests/test_elsewhere.py` sets

* ``DAY38_GUARD_LOG``: the file that gets one line for each refusal,
* ``DAY38_WITHOUT``: modules, separated by commas, that are to look as if not installed.
"""

import os
import socket
import sys
import tempfile
from typing import Any

LOG = os.environ["DAY38_GUARD_LOG"]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events whose first one or two arguments are paths, the last one a folder's handle or -1.
CHANGES = {"os.mkdir": 1, "os.remove": 1, "os.rmdir": 1, "os.rename": 2, "os.symlink": 2}
ALLOWED = tuple(
    os.path.realpath(folder) + os.sep for folder in (tempfile.gettempdir(), "/dev", "/proc")
)
OWN_NAMES = {None, "", "localhost", socket.gethostname()}


def refuse(what: str, error: type[OSError]) -> None:
    """Note it and raise; the note stays if the error is swallowed."""
    handle = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, (ascii(what) + "\n").encode())
    os.close(handle)
    raise error(f"refused by the test: {what}")


def check_file(event: str, path: Any) -> None:
    """Refuse to change a file that is not in a temporary folder."""
    if isinstance(path, int) or path is None:
        return
    place = os.path.realpath(os.fsdecode(path))
    if "__pycache__" in place.split(os.sep):
        return  # Python's own; where it cannot write, it does without
    if place != LOG and not (place + os.sep).startswith(ALLOWED):
        refuse(f"{event} {place}", PermissionError)


def check_host(event: str, host: Any) -> None:
    """Refuse every machine but this one."""
    name = host.decode() if isinstance(host, bytes) else host
    if name not in OWN_NAMES and not name.startswith("127.") and name != "::1":
        refuse(f"{event} {name}", ConnectionRefusedError)


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Look at what Python is about to do."""
    if event == "open" and arguments[2] & WRITING:
        check_file(event, arguments[0])
    elif event in CHANGES and arguments[-1] == -1:  # with a handle: rmtree, inside a checked folder
        for path in arguments[: CHANGES[event]]:
            check_file(event, path)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        check_host(event, arguments[0])
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        check_host(event, arguments[1][0])


for module in filter(None, os.environ.get("DAY38_WITHOUT", "").split(",")):
    sys.modules[module] = None  # type: ignore[assignment]
sys.addaudithook(watch)
