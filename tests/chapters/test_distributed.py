"""Training in several processes, by torchrun on this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import distributed

from day38 import IrisMLP, Predictor, load_iris, train
from day38.chapters.distributed import ShareOfRows, main, own_device

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="gloo is tried on Linux")
# --local-addr: the name of a machine need not resolve.
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
TORCHRUN += ["--local-addr=127.0.0.1", "--nproc-per-node=2"]
FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.2, 2.2, 4.5, 1.5], [6.3, 3.3, 6.0, 2.5]]


def started(*options: str) -> subprocess.Popen:
    return subprocess.Popen(
        [*TORCHRUN, "-m", "day38.chapters.distributed", "--device", "cpu", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )


def ended(process: subprocess.Popen) -> tuple[str, str]:
    """Return what it printed; whatever happens, end it and its children."""
    try:
        return process.communicate(timeout=600)  # one that hangs; nobody measures here
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def started_and_saved(path: Path) -> subprocess.Popen:
    """Start a long training; wait for its first file, however long it takes while it lives."""
    process = started("--epochs", "50000", "--output", str(path))
    while not path.exists():
        if process.poll() is not None:
            pytest.fail(f"ended with {process.returncode}: {ended(process)}")
        time.sleep(0.1)
    return process


def worker(process: subprocess.Popen, rank: int) -> int:
    """Return the process id of a rank, from /proc: a minimal system has no `ps`."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    wanted = f"LOCAL_RANK={rank}".encode()
    environments = {child: Path(f"/proc/{child}/environ").read_bytes() for child in children}
    (found,) = (child for child in children if wanted in environments[child].split(b"\0"))
    return int(found)


def test_two_processes_learn_what_one_learns_with_one_bar_and_one_file(tmp_path: Path) -> None:
    process = started("--epochs", "100", "--output", str(tmp_path / "two.safetensors"))
    printed, errors = ended(process)
    assert process.returncode == 0, errors
    assert printed.count("训练完成：100 轮") == 1 and "2 个进程" in printed
    assert errors.count("| 0/100 [") == 1  # each bar begins once
    iris = load_iris()
    torch.manual_seed(42)
    model = IrisMLP()
    history = train(model, [iris.train], epochs=100, progress=False)
    assert f"损失 {history.losses[-1]:.3f}" in printed
    assert [path.name for path in tmp_path.iterdir()] == ["two.safetensors"]
    two = Predictor.load(tmp_path / "two.safetensors").predict_proba(FLOWERS)
    assert abs(Predictor(model, iris).predict_proba(FLOWERS) - two).max() < 1e-5


def test_ctrl_c_keeps_what_the_last_record_saved_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "iris.safetensors"
    process = started_and_saved(path)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of the group
    printed, _ = ended(process)
    assert process.returncode != 0
    saved = Predictor.load(path).card["epochs"]
    assert "已中断" in printed and f"里是第 {saved:,} 轮的模型" in printed


def test_a_rank_that_dies_ends_all_with_a_non_zero_code(tmp_path: Path) -> None:
    path = tmp_path / "iris.safetensors"
    process = started_and_saved(path)
    os.kill(worker(process, rank=1), signal.SIGKILL)
    ended(process)
    assert process.returncode != 0
    assert Predictor.load(path).card["epochs"] >= 500


def test_rows_that_cannot_be_shared_out_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "get_world_size", lambda: 7)
    with pytest.raises(ValueError, match="120 个样本不能平分给 7 个进程。"):
        ShareOfRows(load_iris().train)


def set_up(monkeypatch: pytest.MonkeyPatch, kind: str, accelerators: int, rank: int = 1) -> None:
    """Make this process one of two on a machine with such accelerators."""
    monkeypatch.setattr("day38.chapters.distributed.pick_device", lambda name: torch.device(kind))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: accelerators)
    monkeypatch.setattr(torch.accelerator, "set_device_index", lambda index: None)
    monkeypatch.setenv("LOCAL_RANK", str(rank))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setattr("sys.argv", ["day38.chapters.distributed"])


@pytest.mark.parametrize(("rank", "sentences"), [(0, 1), (1, 0)])
def test_too_few_accelerators_are_refused_once(rank, sentences, monkeypatch, capsys) -> None:
    set_up(monkeypatch, "cuda", accelerators=1, rank=rank)
    assert main() == 1
    told = capsys.readouterr().err
    assert told.count("只有 1 个 cuda 设备。请写 --nproc-per-node=1") == sentences


@pytest.mark.parametrize(
    ("kind", "accelerators", "device", "backend"),
    [("cuda", 2, "cuda:1", "nccl"), ("mps", 1, "cpu", "gloo"), ("cpu", 0, "cpu", "gloo")],
)
def test_each_process_has_its_own_accelerator_or_all_share_the_cpu(
    kind, accelerators, device, backend, monkeypatch
) -> None:
    set_up(monkeypatch, kind, accelerators)
    assert str(own_device(None)) == device
    assert distributed.get_default_backend_for_device(device) == backend


def test_without_torchrun_it_says_how_to_start() -> None:
    alone = subprocess.run(
        [sys.executable, "-m", "day38.chapters.distributed"], capture_output=True, encoding="utf-8"
    )
    assert alone.returncode == 2 and "torchrun --local-addr=127.0.0.1" in alone.stderr
