"""What the exercises of notebook 2 say about repaired code, and that their bars leave no trace."""

import io
from typing import Any

import torch
from tqdm import tqdm as real_tqdm

from day38.exercises import lesson_2
from tests.exercises.student import said, written

MEASURED = {
    "postfix_guess": (5.3, 4),
    "longest_guess": ("backward", "Backward"),
    "tenth_guess": (0.97, 1),
    "crossing_guess": (12_000, 12_000, 1_200, 120_000, 5_000),
    "page_guess": (0.15, 0.15, 0.3, 0.06),
    "ensemble_guess": (25.0, 30, 12, 50),
}
FILES, LOOP = lesson_2.read_files, lesson_2.train_batches
WITH = 'with tqdm(total=sum(sizes), desc="读取文件", unit="KB") as bar:'
LOADER, IF = "enumerate(bar, start=1)", "if number % 10 == 0:"
SHOW = 'bar.set_postfix(损失=f"{losses[-1]:.4f}", refresh=False)'
WRONG = [
    (FILES, [("total=sum(sizes)", "total=len(sizes)")], "总数 3 是文件的个数"),
    (FILES, [("total=sum(sizes)", "total=max(sizes)")], "不是全部文件的 KB 数"),
    (FILES, [("total=sum(sizes), ", "")], "不知道总数"),
    (FILES, [("total=sum(sizes)", "total=6_000")], "总数还是 6000"),
    (FILES, [("bar.update(size)", "bar.update(1)")], "只推进了 1"),
    (FILES, [("bar.update(size)", "bar.update(sum(sizes[: sizes.index(size) + 1]))")], "越加越多"),
    (FILES, [("bar.update(size)", "bar.update(2)")], "停在 6，应是 6000"),
    (FILES, [("bar.update(size)", "bar.update(2_000)")], "出错之前读完了 300 KB"),
    (FILES, [(WITH, 'bar = tqdm(total=sum(sizes), unit="KB")\n    if True:')], "没有关闭"),
    (FILES, [("raise ValueError(f", "break  # (")], "错误却没有传出来"),
    (FILES, [("tqdm(total", "real_tqdm(disable=True, total")], "建了 0 根进度条"),
    (FILES, [("def read_files(sizes, tqdm)", "def read_files(sizes)")], "参数个数与题目不符"),
    (LOOP, [(IF, "loss.item()\n            " + IF)], "每一批都读了损失"),
    (LOOP, [(IF, "bar.set_postfix(n=number)\n            " + IF)], "每一批都 set_postfix"),
    (LOOP, [("tqdm(batches,", "tqdm(enumerate(batches),"), (LOADER, "bar")], "没有总数"),
    (LOOP, [("tqdm(batches,", "tqdm(total=100,"), (LOADER, "enumerate(batches, 1)")], "总数是 100"),
    (LOOP, [("tqdm(batches,", "tqdm(total=25,"), (LOADER, "enumerate(batches, 1)")], "停在 0/25"),
    (LOOP, [("start=1", "start=0")], "第 1 批就读了"),
    (LOOP, [("losses.append(loss.item())", "losses.append(loss)")], "还是张量"),
    (LOOP, [(IF, "bar.set_postfix_str(number)\n            " + IF)], "每一批都 set_postfix"),
    (LOOP, [(SHOW, "pass")], "没有显示在进度条上"),
    (LOOP, [("% 10", "% 20")], "应返回做完第 10、20 批时的损失"),
    (LOOP, [("loss.item()", "loss"), ("return losses", "return tuple(losses)")], "还是张量"),
    (LOOP, [(IF, "loss.numpy()\n            " + IF)], "每一批都读了损失"),
    (LOOP, [("return losses", "return None")], "得到的是 None"),
    (LOOP, [(IF, "train_one_batch(batch)\n            " + IF)], "训练了 50 次"),
    (lesson_2.totals, (4, 120), "前一个对了。后一个不是行数"),
    (lesson_2.totals, (4, "None"), "第 2 项是字符串 'None'：这一项不对。不是文字，就不要加引号。"),
]
RIGHT = [
    (FILES, [("bar.update(size)", "bar.n += size")]),
    (FILES, [(WITH, "bar = tqdm(total=sum(sizes))\n    with bar:")]),
    (LOOP, [("loss.item()", "loss.detach().item()")]),
    (LOOP, [("loss.item()", "float(loss)")]),
    (LOOP, [("loss.item()", "loss"), ("return losses", "return torch.stack(losses).tolist()")]),
    (LOOP, [("loss.item()", "loss.data.cpu().tolist()")]),
    (LOOP, [(SHOW, 'bar.set_postfix_str(f"{loss:.4f}", refresh=False)')]),
    (LOOP, [(LOADER, "enumerate(batches, 1)"), (IF, "bar.update()\n            " + IF)]),
    (LOOP, [(IF, "if not number % 10:")]),
    (LOOP, [(SHOW, "bar.set_postfix_str(losses[-1])")]),
]


def test_totals_are_those_of_tqdm() -> None:
    batches = torch.zeros(120, 4).split(32)
    bars = [real_tqdm(one, disable=True) for one in (batches, enumerate(batches))]
    assert said(lesson_2.totals, tuple(bar.total for bar in bars)).startswith("✅")


def test_judging_leaves_no_bar_behind_and_draws_nothing(capsys: Any) -> None:
    said(FILES, written(FILES.start))
    with real_tqdm(total=1, file=io.StringIO()) as bar:
        assert bar.pos == 0
    assert capsys.readouterr() == ("", "")
