"""Training in several processes: `torchrun` on this machine, and what one process does alone."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import torch
from torch import distributed

from day38 import Predictor, processes
from day38.processes import LostProcess, StopTogether, mean_over_processes, process_group

CPU = torch.device("cpu")
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
needs_gloo = pytest.mark.skipif(
    sys.platform != "linux", reason="torchrun is tried on Linux; elsewhere gloo may be missing"
)


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen]:
    """Start ``torchrun … -m day38 train …``; end it with all its children, whatever happens."""
    process = subprocess.Popen(
        [*TORCHRUN, "-m", "day38", "train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
        process.communicate()


def wait_for_first_record(process: subprocess.Popen) -> list[psutil.Process]:
    """Wait for the first line about the loss; return the training processes."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "损失" in line, line
    return sorted(psutil.Process(process.pid).children(), key=lambda child: child.pid)


def rank_of(process: psutil.Process) -> int:
    """Return which rank ``torchrun`` gave a training process."""
    return int(process.environ()["RANK"])


# Together


@needs_gloo
@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [None, 32])
def test_two_processes_learn_what_one_learns(tmp_path: Path, batch_size: int | None) -> None:
    options = ["--epochs", "60", "--learning-rate", "0.1"]
    options += [] if batch_size is None else ["--batch-size", str(batch_size)]
    alone = subprocess.run(
        [sys.executable, "-m", "day38", "train", *options, "--output", str(tmp_path / "one.pt")],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    with started(*options, "--output", str(tmp_path / "two.pt")) as process:
        printed, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.pt", "two.pt"]
    one, two = (Predictor.load(tmp_path / name) for name in ("one.pt", "two.pt"))
    rows = [[5.1, 3.5, 1.4, 0.2], [6.2, 2.2, 4.5, 1.5], [6.3, 3.3, 6.0, 2.5]]
    assert abs(one.predict_proba(rows) - two.predict_proba(rows)).max() < 1e-5
    contents = [predictor._content()["weights"] for predictor in (one, two)]
    for name, weights in contents[0].items():
        assert (weights - contents[1][name]).abs().max() < 1e-5
    # The loss is the mean over both processes, each line and the summary are printed once.
    lines = [line for line in printed.splitlines() if "轮　损失" in line]
    assert lines == [line for line in alone.stdout.splitlines() if "轮　损失" in line]
    assert printed.count("训练完成") == printed.count("模型已存为") == 1
    assert "2 个进程" in printed


@needs_gloo
@pytest.mark.slow
def test_a_process_that_dies_ends_all_with_a_message(tmp_path: Path) -> None:
    output = tmp_path / "model.pt"
    with started("--epochs", "10000", "--output", str(output)) as process:
        workers = wait_for_first_record(process)
        assert [rank_of(worker) for worker in workers] == [0, 1]
        workers[1].send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
        assert process.returncode not in (0, None)
        assert "另一个训练进程已经退出" in errors
        assert not any(worker.is_running() for worker in workers)
    assert not output.exists()


@needs_gloo
@pytest.mark.slow
def test_ctrl_c_keeps_what_was_learned(tmp_path: Path) -> None:
    output = tmp_path / "model.pt"
    with started("--epochs", "10000", "--output", str(output)) as process:
        workers = wait_for_first_record(process)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        printed, errors = process.communicate(timeout=120)
        assert process.returncode not in (0, None)
        assert not any(worker.is_running() for worker in workers)
    assert "提前结束" in printed, errors
    Predictor.load(output)
    assert [path.name for path in tmp_path.iterdir()] == ["model.pt"]


@needs_gloo
@pytest.mark.slow
def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with started("--epochs", "2", "--batch-size", "15") as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "不能平分给 2 个进程" in errors


# Alone


def test_alone_nothing_happens() -> None:
    assert (processes.rank(), processes.count()) == (0, 1)
    assert mean_over_processes(3.5, CPU) == 3.5
    with process_group(CPU) as device:
        assert device is CPU


@pytest.mark.parametrize(
    ("message", "lost"),
    [
        ("[..\\third_party\\gloo\\gloo/transport/tcp/pair.cc] Connection closed by peer", True),
        ("NCCL communicator was aborted", True),
        ("mat1 and mat2 shapes cannot be multiplied", False),
    ],
)
def test_only_errors_of_the_group_are_called_a_lost_process(
    monkeypatch: pytest.MonkeyPatch, message: str, lost: bool
) -> None:
    left = []
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setattr(processes.distributed, "init_process_group", lambda backend: None)
    monkeypatch.setattr(processes.distributed, "destroy_process_group", lambda: left.append(1))
    with pytest.raises(RuntimeError) as caught, process_group(CPU):
        raise RuntimeError(message)
    assert isinstance(caught.value, LostProcess) == lost
    assert left == [1]


def test_being_told_to_end_is_a_lost_process_and_the_handler_is_restored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setattr(processes.distributed, "init_process_group", lambda backend: None)
    monkeypatch.setattr(processes.distributed, "destroy_process_group", lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(LostProcess, match="请往上找"), process_group(CPU):
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.01)
    assert signal.getsignal(signal.SIGTERM) is before


@needs_gloo
def test_a_process_that_is_done_waits_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    store = distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(store.port))
    monkeypatch.setattr(processes, "rank", lambda: 0)
    monkeypatch.setattr(processes, "count", lambda: 2)
    leaving = threading.Thread(target=processes._leave_together)
    leaving.start()
    store.wait(["done/0"])
    leaving.join(0.3)
    assert leaving.is_alive()
    store.set("done/1", "")
    leaving.join(60)
    assert not leaving.is_alive()


def test_stop_together_waits_for_a_record_and_restores_the_handler() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopTogether(CPU) as stop:
        stop.check()
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.01)
        with pytest.raises(KeyboardInterrupt):
            stop.check()
    assert signal.getsignal(signal.SIGINT) is before
