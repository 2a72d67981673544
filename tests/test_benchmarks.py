"""The benchmarks run through, and what they compare is the same training."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import day38
from benchmarks import ensemble, gpu, inference, progress_bars, reporting
from benchmarks import training as training_benchmark

RESULTS = Path(day38.__file__).parent / "measured"


@pytest.fixture(autouse=True)
def threads_restored() -> None:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.parametrize("script", [training_benchmark, progress_bars, ensemble, inference])
def test_a_quick_run_prints_a_table_and_writes_figures(
    script, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    output = tmp_path / "figures.json"
    assert script.main(["--quick", "--json", str(output)]) == 0
    figures = json.loads(output.read_text(encoding="utf-8"))
    assert set(figures["machine"]) == {"system", "processor", "cores", "python", "torch", "date"}
    assert len(figures) > 1
    assert "\n" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_is_said(capsys: pytest.CaptureFixture) -> None:
    assert gpu.main([]) == 0
    assert "没有" in capsys.readouterr().out


@pytest.mark.parametrize(("file", "rows"), [("peers", "peers"), ("ladder", "rungs")])
def test_all_that_was_compared_ended_at_the_same_loss(file: str, rows: str) -> None:
    figures = json.loads((RESULTS / f"{file}.json").read_text(encoding="utf-8"))
    losses = [row["loss"] for row in figures[rows]]
    assert len(losses) >= 3
    assert max(losses) - min(losses) < 1e-3


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_stored_figures_name_their_machine_class_and_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/\w|\\", text), "a folder"
    assert json.loads(text)["machine"]["torch"].startswith("2.13.0")


def test_importing_a_benchmark_measures_nothing() -> None:
    command = [sys.executable, "-c", "import benchmarks.ladder, benchmarks.training"]
    root = Path(reporting.__file__).parents[1]
    done = subprocess.run(command, capture_output=True, check=True, cwd=root)
    assert not done.stdout


def test_the_table_is_aligned(capsys: pytest.CaptureFixture) -> None:
    rows = [{"way": "a", "ratio": 1.0}, {"way": "long name", "ratio": 12345.678}]
    reporting.show("Title", rows, rows[0])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "Title",
        "      way       ratio",
        "        a       1.000",
        "long name  12,345.678",
    ]
