"""The file of a `Predictor`: whole or not at all, and nothing in it that could be executed.

It is safetensors: tensors and texts. Its SHA-256 over all of them finds accidents, such as a broken
download. It is no signature: who changes the file on purpose can write a new checksum as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

FORMAT, VERSION = "day38-network", "4"
OLD_FORMAT = "day38-iris-mlp"  # up to version 3, before the file said its layers
AGAIN = "请用 Predictor(model, data).save(路径) 重新保存。"
# First bytes of what people have in the place of a model file, and what to say of it.
STARTS = {
    b"{": "已经损坏：内容不完整，或有字节被改动。请重新下载或复制。",
    b"<": "是一个网页，不是模型文件：下载到的可能是登录页或报错页。请重新下载。",
    b"\x80": f"是 pickle 文件，打开可能会执行别人的代码，所以不打开。{AGAIN}",
    b"PK": f"是 torch.save 的文件，里面有 pickle，打开可能会执行别人的代码，所以不打开。{AGAIN}",
    b"": f"不是 Predictor 保存的模型文件。{AGAIN}",
}


class ModelFileError(Exception):
    """A model file that cannot be used; the message says what is wrong and what to do."""


def read_model_file(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return tensors and texts of an undamaged file of ours; else raise ModelFileError."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        missing = "不存在" if not os.path.exists(path) else f"读不了（{error}）"
        what = "是一个文件夹，不是模型文件" if os.path.isdir(path) else missing
        raise ModelFileError(f"{path} {what}。请核对路径，相对的从 {Path.cwd()} 算起。") from error
    if not data:
        raise ModelFileError(f"{path} 是空文件，保存或下载可能中断了。请重新下载或复制。")
    try:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        metadata = header.get("__metadata__", {})
        tensors = safetensors.torch.load(data)
        digest = _digest(tensors, metadata)
    except Exception as error:  # parsers raise a dozen types for damaged data; none may pass
        # The header of a safetensors file begins at its ninth byte.
        beginning = b"{" if data[8:9] == b"{" else data[:512].lstrip()
        what = next(text for start, text in STARTS.items() if beginning.startswith(start))
        raise ModelFileError(f"{path} {what}") from error
    kind, version = metadata.get("format"), metadata.get("version")
    if kind == OLD_FORMAT:
        raise ModelFileError(f"{path} 是 day38 0.2 保存的旧文件，没有写明网络有哪些层。{AGAIN}")
    if kind != FORMAT:
        raise ModelFileError(f"{path} 是别的程序写的 safetensors 文件，没有归一化和名字。{AGAIN}")
    if version != VERSION:
        raise ModelFileError(f"{path} 的版本是 {version}，这里只能读 {VERSION}。请升级 day38。")
    if metadata.get("sha256") != digest:
        raise ModelFileError(f"{path} 和保存时不一样（SHA-256 对不上）。请重新下载或复制。")
    own = ("format", "version", "sha256")
    return tensors, {name: json.loads(text) for name, text in metadata.items() if name not in own}


def write_model_file(path: Path, tensors: dict[str, Tensor], texts: Mapping[str, Any]) -> Path:
    """Write tensors and what JSON can hold to a file and return its path."""
    metadata = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
    metadata |= {"format": FORMAT, "version": VERSION}
    metadata["sha256"] = _digest(tensors, metadata)
    _write_atomically(Path(os.path.realpath(path)), safetensors.torch.save(tensors, metadata))
    return path


def _digest(tensors: dict[str, Tensor], metadata: dict[str, str]) -> str:
    """Return a SHA-256 over name, dtype, shape and bytes of each tensor, and over all texts."""
    content: list = sorted(item for item in metadata.items() if item[0] != "sha256")
    for name, tensor in sorted(tensors.items()):
        data = tensor.flatten().view(torch.uint8).numpy().tobytes()
        content.append([name, str(tensor.dtype), list(tensor.shape), data.hex()])
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _write_atomically(path: Path, data: bytes) -> None:
    """Give the file at `path` new bytes; whoever reads it sees the old ones or all of the new."""
    # A folder of its own for each writer, on the same disk: there a rename is one step.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        partial = Path(folder) / path.name
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else the rename may reach the disk before the bytes
        if path.exists():
            shutil.copymode(path, partial)
        os.replace(partial, path)
