"""Writing a file in whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(path: str | os.PathLike, data: bytes) -> Path:
    """Give the file at `path` new bytes so that nobody ever sees half of them.

    Parameters
    ----------
    path : str or path-like
        An older file there is replaced in one step; a symbolic link keeps pointing to it.
    data : bytes
        All that the file is to hold.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError
        If the folder is missing or the place cannot be written; an older file stays as it was.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{path} 是一个文件夹。请给文件的路径，例如 {path / 'iris'}。")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"没有文件夹 {path.parent}。请先建立它，或者换一个路径。")
    # In the same folder, because only there a rename is one step; fsync, because a rename may
    # reach the disk before the bytes do.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return path
