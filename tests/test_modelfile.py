"""The model file: the same predictor comes back, and what is damaged or foreign is refused."""

import io
import json
import multiprocessing
import os
import pickle
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy
import pytest
import safetensors.torch
import torch

from day38 import IrisMLP, ModelFileError, Predictor, TabularData
from day38.modelfile import _digest, _write_atomically
from tests.conftest import SHIPPED


def content(predictor: Predictor) -> list:
    """Return all that a predictor knows, comparable."""
    parts = [*predictor.model.state_dict().values(), *predictor.scaling]
    names = [predictor.feature_names, predictor.classes_, predictor.card]
    return [*(numpy.asarray(part).tolist() for part in parts), *names]


def test_a_saved_predictor_comes_back_the_same(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "花.safetensors"
    path.write_bytes(b"old")
    assert predictor.save(path) == path
    assert content(Predictor.load(path)) == content(predictor)
    assert list(tmp_path.iterdir()) == [path]  # nothing temporary stays
    flower = [6.2, 2.2, 4.5, 1.5]
    assert Predictor.load(path).predict(flower) == predictor.predict(flower)
    with pytest.raises(OSError):
        predictor.save(tmp_path / "missing" / "iris.safetensors")


GOOD = SHIPPED.read_bytes()
HEADER = 8 + int.from_bytes(GOOD[:8], "little")


def rewritten(signed: bool = True, tensors: dict | None = None, **texts: str) -> bytes:
    """Return the shipped file with other content, with a fitting checksum if `signed`."""
    metadata = json.loads(GOOD[8:HEADER])["__metadata__"] | texts
    parts = safetensors.torch.load(GOOD) | (tensors or {})
    if signed:
        metadata["sha256"] = _digest(parts, metadata)
    return safetensors.torch.save(parts, metadata)


class Attack:
    """Pickled, it makes its reader call a function: here one that fails the test."""

    def __reduce__(self) -> tuple:
        return pytest.fail, ("the pickle was run",)


ATTACK, ZIP = pickle.dumps(Attack()), io.BytesIO()
torch.save(Attack(), ZIP)
FOREIGN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "空文件"),
    "a web page": (b"\n <!DOCTYPE html><title>Sign in</title>", "网页"),
    "a pickle": (ATTACK, "pickle"),
    "torch.save": (ZIP.getvalue(), r"torch\.save"),
    "text": ("我的模型".encode(), "不是 Predictor 保存的"),
    "half": (GOOD[: len(GOOD) // 2], "已经损坏"),
    "one bit": (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "SHA-256"),
    "other safetensors": (safetensors.torch.save({"x": torch.ones(2).bfloat16()}), "别的程序"),
    "newer": (rewritten(version="5"), "版本是 5.*升级"),
    "older": (rewritten(format="day38-iris-mlp", version="3"), "旧文件.*重新保存"),
    "other names": (rewritten(False, classes='["b", "a", "c"]'), "SHA-256"),
    "other scaling": (rewritten(False, {"scaling.span": torch.ones(4).double()}), "SHA-256"),
    "signed layer": (rewritten(tensors={"layers.x": torch.ones(1)}), "不适合"),
    "signed layers": (rewritten(layers='[["linear", 4, 10], ["relu"]]'), "不适合"),
    "huge layers": (rewritten(layers='[["linear", 999999999, 999999999]]'), "不适合"),
    "an unknown kind": (rewritten(layers='[["eval", 4]]'), "不适合"),
    "signed names": (rewritten(classes='["a"]'), "不适合"),
    "signed weights": (rewritten(tensors={"layers.2.bias": torch.ones(3)}), "概率和保存时不一样"),
}


@pytest.mark.parametrize(("data", "message"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_model_file_is_refused_in_one_sentence(data, message, tmp_path: Path) -> None:
    path = tmp_path / "iris.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=f"^{path} .*{message}.*。$"):
        Predictor.load(path)


def test_the_pickle_that_is_never_run_would_do_harm() -> None:
    with pytest.raises(pytest.fail.Exception, match="was run"):
        pickle.loads(ATTACK)


@pytest.mark.parametrize(("name", "message"), [("", "文件夹"), ("x", "不存在"), ("a\0b", "不存在")])
def test_no_file_there_is_said_in_one_sentence(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=message):
        Predictor.load(tmp_path / name)


def mutated(chance: random.Random) -> bytes:
    """Return a damaged file: flipped, cut, zeroed, longer, swapped, or with an edited header."""
    data, one = bytearray(GOOD), chance.randrange(len(GOOD) - 64)
    end = one + chance.randrange(1, 64)
    header = bytes([chance.choice(b'0123456789{}[]",: abcF\\')])
    changes: list[tuple[slice, bytes]] = [
        (slice(one, one + 1), bytes([GOOD[one] ^ 1 << chance.randrange(8)])),
        (slice(chance.randrange(len(GOOD)), None), b""),
        (slice(one, end), b""),
        (slice(one, end), bytes(end - one)),
        (slice(one, one), chance.randbytes(end - one)),
        (slice(one, one + 16), GOOD[one + 8 : one + 16] + GOOD[one : one + 8]),
        (slice(8 + one * (HEADER - 8) // len(GOOD), 9 + one * (HEADER - 8) // len(GOOD)), header),
    ]
    place, new = chance.choice(changes)
    data[place] = new
    return bytes(data)


def test_no_damaged_file_loads_with_other_content(predictor: Predictor, tmp_path: Path) -> None:
    path, chance, loaded = tmp_path / "iris.safetensors", random.Random(38), 0
    for _ in range(300):
        path.write_bytes(mutated(chance))
        with suppress(ModelFileError):
            assert content(Predictor.load(path)) == content(predictor)
            loaded += 1
    assert loaded < 30  # a flipped blank, say


@pytest.mark.skipif(os.name == "nt", reason="no fork")
def test_a_killed_saver_leaves_a_file_that_loads(iris: TabularData, tmp_path: Path) -> None:
    """The file is large, so that a save takes a while; the moments are random."""
    predictor = Predictor(IrisMLP(hidden=50_000), iris)
    path, chance = predictor.save(tmp_path / "iris.safetensors"), random.Random(38)
    expected, data = content(predictor), path.read_bytes()

    def save_forever() -> None:
        while True:
            _write_atomically(path, data)

    for _ in range(10):
        saver = multiprocessing.get_context("fork").Process(target=save_forever)
        saver.start()
        time.sleep(chance.uniform(0.02, 0.1))
        assert saver.is_alive()
        saver.kill()
        saver.join()
        assert content(Predictor.load(path)) == expected


def test_writers_and_readers_at_once_see_whole_files_only(
    predictor: Predictor, tmp_path: Path
) -> None:
    path = predictor.save(tmp_path / "iris.safetensors")
    with ThreadPoolExecutor(12) as pool:
        saving = [pool.submit(lambda: [predictor.save(path) for _ in range(40)]) for _ in range(8)]
        loading = [pool.submit(lambda: [Predictor.load(path) for _ in range(80)]) for _ in range(4)]
        assert all(len(work.result()) in (40, 80) for work in saving + loading)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")
def test_the_mode_of_a_file_is_kept_and_a_link_is_followed(
    predictor: Predictor, tmp_path: Path
) -> None:
    path, link = tmp_path / "iris.safetensors", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o604)
    link.symlink_to(path)
    assert predictor.save(link) == link
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o604
    assert content(Predictor.load(path)) == content(predictor)
