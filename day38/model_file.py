"""The file of a trained model: written whole or not at all, and trusted only after checks.

A file is what ``torch.save`` makes of a dict of tensors, numbers and texts. It carries its format
version and a SHA-256 over everything else, and reading it runs no code. Taught in notebook 3,
section "保存、加载、使用".
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from day38.files import write_atomically

FORMAT = "day38-iris-mlp"
VERSION = 2
LARGEST = 64 * 2**20  # bytes; the lesson's own files have about six thousand
AGAIN = "请用 Predictor(model, iris).save(路径) 重新保存，再加载新的文件。"
FETCH = "请重新下载或复制这个文件。"


class ModelFileError(Exception):
    """A model file that cannot be used; the message says what is wrong and what to do."""


def write_model_file(path: str | os.PathLike, content: dict[str, Any]) -> Path:
    """Write `content` to a file, in whole or not at all, and return its path.

    Parameters
    ----------
    path : str or path-like
        An older file there is replaced in one step; a symbolic link keeps pointing to it.
    content : dict
        Keys are str; values are tensors, numbers, texts, and lists and dicts of such.

    Raises
    ------
    OSError
        If the folder is missing or the place cannot be written; an older file stays as it was.
    """
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, "version": VERSION, "sha256": digest(content), **content}, buffer)
    return write_atomically(path, buffer.getvalue())


def read_model_file(path: str | os.PathLike) -> dict[str, Any]:
    """Return what `write_model_file` was given, on the CPU, running no code from the file.

    Raises
    ------
    ModelFileError
        If the file is missing, is something else, is damaged, or was changed.
    """
    path = Path(path)
    data = _read_bytes(path)
    _check_container(path, data)
    try:
        loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise ModelFileError(
            f"{path} 里除了数和文字，还有 Python 对象；加载那样的文件可能会执行别人的代码，"
            f"已经拒绝。{AGAIN}"
        ) from error
    # A damaged archive makes torch raise a dozen types, some of them its own; none may pass.
    except Exception as error:
        reason = str(error).split("\n")[0]
        raise ModelFileError(
            f"{path} 的内容读不出来，它已经损坏，或不是 Predictor 保存的（{reason}）。{FETCH}"
        ) from error
    return _check_content(path, loaded)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} 是一个文件夹，不是模型文件。请给文件夹里那个文件的路径。")
        if path.stat().st_size > LARGEST:
            raise ModelFileError(
                f"{path} 有 {path.stat().st_size:,} 字节，大得不像这一课的模型文件。请核对路径。"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(
            f"没有文件 {path}。请核对路径；相对路径是从 {Path.cwd()} 算起的。"
        ) from error
    except (OSError, ValueError) as error:
        raise ModelFileError(f"读不了文件 {path}：{error}。请核对路径和权限。") from error


def _check_container(path: Path, data: bytes) -> None:
    """Tell a damaged archive, and what people have in its place, before PyTorch looks at it."""
    start = data[:512].lstrip().lower()
    if not data:
        raise ModelFileError(f"{path} 是空文件（0 字节），多半是保存或下载中断了。{FETCH}")
    if start.startswith(b"<"):
        raise ModelFileError(
            f"{path} 是一个网页，不是模型文件：下载时存下的可能是登录页或报错页。{FETCH}"
        )
    if start.startswith(b"version https://git-lfs"):
        raise ModelFileError(
            f"{path} 只是 Git LFS 的指针，真正的内容还没有下载。请在仓库里运行 git lfs pull。"
        )
    if data.startswith(b"\x80"):
        raise ModelFileError(
            f"{path} 是 pickle 文件，加载它可能会执行别人的代码，已经拒绝。{AGAIN}"
        )
    if not data.startswith(b"PK\x03\x04"):
        raise ModelFileError(f"{path} 不是 Predictor 保存的文件（开头不对）。{AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # Stored, not compressed, as torch.save does: a small file cannot unpack to a huge one.
            sizes = [entry.file_size for entry in archive.infolist()]
            if sum(sizes) > len(data) or archive.testzip() is not None:
                raise zipfile.BadZipFile("checksum")
    except Exception as error:  # zipfile too has a dozen types for damaged archives
        raise ModelFileError(
            f"{path} 已经损坏：内容不完整，或有字节被改动（{error}）。{FETCH}"
        ) from error


def _check_content(path: Path, loaded: object) -> dict[str, Any]:
    if not isinstance(loaded, dict) or loaded.get("format") != FORMAT:
        if isinstance(loaded, dict) and "hidden.weight" in loaded:
            raise ModelFileError(
                f"{path} 里只有权重（state_dict），没有归一化的参数和名字。"
                f"请把权重装进 IrisMLP，和训练它的数据一起保存。{AGAIN}"
            )
        raise ModelFileError(f"{path} 是 PyTorch 文件，但不是 Predictor 保存的。{AGAIN}")
    version = loaded.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        what_to_do = "请升级 day38。" if newer else f"它太旧，缺少校验。{AGAIN}"
        raise ModelFileError(f"{path} 的格式版本是 {version}，这里能读的是 {VERSION}。{what_to_do}")
    content = {
        key: value for key, value in loaded.items() if key not in ("format", "version", "sha256")
    }
    try:
        unchanged = loaded.get("sha256") == digest(content)
    except (OverflowError, RecursionError, RuntimeError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path} 里有不该有的内容（{error}）。{FETCH}") from error
    if not unchanged:
        raise ModelFileError(
            f"{path} 的内容和保存时不一样（SHA-256 对不上），可能损坏了，也可能被改过。{FETCH}"
        )
    return content


def digest(content: dict[str, Any]) -> str:
    """Return a SHA-256 over `content`: every key, text, number, and byte of every tensor.

    Raises
    ------
    TypeError, ValueError
        If something in it is neither a number, a text, a list, a dict nor a plain tensor.
    """
    return hashlib.sha256(
        json.dumps(_plain(content), sort_keys=True, allow_nan=False).encode()
    ).hexdigest()


def _plain(value: Any) -> Any:
    """Return what JSON can hold, with its type beside it, so that no two contents look alike."""
    if isinstance(value, torch.Tensor):
        # A few stored bytes can stand for a huge tensor (stride 0); do not unfold such a one.
        if value.layout != torch.strided or value.numel() * value.element_size() > LARGEST:
            raise ValueError("tensor")
        array = value.detach().contiguous().numpy()
        numbers = array.astype(array.dtype.newbyteorder("<")).tobytes().hex()
        return ["tensor", str(value.dtype), list(value.shape), numbers]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("dict")
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return ["list", *map(_plain, value)]
    if isinstance(value, (str, bool, int, float)):
        return [type(value).__name__, value]
    raise TypeError(type(value).__name__)
