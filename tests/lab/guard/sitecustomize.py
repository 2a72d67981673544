"""Note what the lesson must not do: write outside temporary folders, use the network.

Python imports a module of this name when it starts: kernels, and what they start, are watched if
this folder is on their ``PYTHONPATH``. ``DAY38_GUARD_LOG`` gets a line for each offence.
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
ALLOWED = tuple(os.path.realpath(f) + os.sep for f in (tempfile.gettempdir(), "/dev", "/proc"))
OWN_NAMES = {None, "", "localhost", "::1", socket.gethostname()}


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Look at what Python is about to do."""
    places, host = [], None
    if event == "open" and arguments[2] & WRITING:
        places = [path for path in arguments[:1] if isinstance(path, str | bytes | os.PathLike)]
    elif event in CHANGES and arguments[-1] == -1:  # with a handle: inside a checked folder
        places = arguments[: CHANGES[event]]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    places = [os.path.realpath(os.fsdecode(path)) + os.sep for path in places]
    told = [path for path in places if not path.startswith((*ALLOWED, LOG))]
    if host not in OWN_NAMES and not os.fsdecode(host).startswith("127."):
        told.append(os.fsdecode(host))
    for what in told:
        if "__pycache__" not in what:  # Python's own; where it cannot write, it does without
            handle = os.open(LOG, os.O_WRONLY | os.O_APPEND)
            os.write(handle, ascii(f"{event} {what}\n").encode())
            os.close(handle)


sys.addaudithook(watch)
