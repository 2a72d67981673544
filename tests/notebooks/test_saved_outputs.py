"""Saved outputs are compared on any machine: what is let pass there, and what is still found."""

import copy
import re

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks.lesson import PATHS, read
from tests.notebooks.saved_outputs import check_outputs

ERROR = "RuntimeError: expected target dtype to be Long"


def shown(text: str) -> NotebookNode:
    """Return a notebook with a cell that shows a text, or fails with it."""
    output = new_output("stream", text=text)
    if text.startswith("raised "):
        ename, evalue = text.removeprefix("raised ").split(": ")
        output = new_output("error", ename=ename, evalue=evalue, traceback=[])
    return new_notebook(cells=[new_code_cell("x", id="planted", outputs=[output])])


@pytest.mark.parametrize(
    ("saved", "now"),
    [
        ("loss 0.06 | -1", "loss 0.07 | 2"),
        ("类型和设备： torch.int64 cpu", "类型和设备： torch.int64 cuda:0"),
        ("device(type='cpu')", "device(type='cuda', index=0)"),
        ("tensor([1.5, 2.0])", "tensor([1.4, 2.1], device='cuda:0')"),
        ("tensor([1.5], grad_fn=<A>)", "tensor([1.5],\n       device='mps:0', grad_fn=<A>)"),
        (f"目标：{ERROR}\n完", "目标：RuntimeError: expected scalar type Long\n完"),
        (f"raised {ERROR}", "raised RuntimeError: expected scalar type Long"),
    ],
)
def test_what_another_machine_gives_is_let_pass(saved: str, now: str) -> None:
    assert check_outputs(shown(saved), shown(now)) == []


def test_what_is_measured_is_compared_in_kind_only() -> None:
    saved, now = shown("setosa"), shown("virginica")
    saved.cells[0].metadata.tags = ["measured"]
    assert check_outputs(saved, now) == []
    assert check_outputs(saved, shown("raised ValueError: setosa")) != []


@pytest.mark.parametrize(
    ("saved", "now"),
    [
        ("loss 0.06", "损失 0.06"),
        ("类型和设备： cpu", "类型、设备： cuda:0"),
        ("tensor([1.5])", "tensor([1.5, 2.0])"),
        (f"目标：{ERROR}", f"标签：{ERROR}"),
        (f"目标：{ERROR}", "目标：ValueError: expected target dtype to be Long"),
        (f"目标：{ERROR}\n完", f"目标：{ERROR}"),
        ("ModelFileError: 文件坏了。", "ModelFileError: 文件不全。"),
        (f"raised {ERROR}", "raised ValueError: expected target dtype to be Long"),
        ("raised ValueError: 要有 4 个数。", "raised ValueError: 应有 4 个数。"),
    ],
)
def test_a_change_of_ours_is_found(saved: str, now: str) -> None:
    (problem,) = check_outputs(shown(saved), shown(now))
    assert problem.startswith("planted：")


def on_a_gpu(text: str) -> str:
    """Return what a cell shows as it would be shown with a GPU."""
    text = re.sub(r"tensor\(([^()]*)\)", r"tensor(\1, device='cuda:0')", text)
    return re.sub(r"\bcpu\b", "cuda:0", text)


def test_the_lessons_outputs_pass_as_a_gpu_would_give_them() -> None:
    planted = 0
    for saved in map(read, PATHS):
        fresh = copy.deepcopy(saved)
        for cell in fresh.cells:
            for output in cell.get("outputs", []):
                for part, key in ((output, "text"), (output.get("data", {}), "text/plain")):
                    if key in part:
                        part[key], before = on_a_gpu(part[key]), part[key]
                        planted += part[key] != before
        assert check_outputs(saved, fresh) == []
    assert planted
