"""Before a model is handed over: six points that check themselves, a line each.

Taught in notebook 4, section "你自己的表". What no program can see, such as how often the test part
was looked at, stays with the reader.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch
from torch import Tensor, nn

from day38.data import TabularData, split_table
from day38.evaluation import evaluate
from day38.inference import ModelFileError, Predictor
from day38.model import modes_kept
from day38.recording import Validation

MODEL, PAGE = "model.safetensors", "page.html"  # what the folder holds
TOLERANCE = 1e-3  # of a probability, from one process to another


def checklist(
    csv: str | os.PathLike,
    label: str,
    data: TabularData,
    model: nn.Module,
    validation: Validation,
    folder: str | os.PathLike,
) -> None:
    """Print for each point whether it holds and, where it does not, what to do.

    Parameters
    ----------
    csv, label : path and str
        The table as it lies on disk, ready for `split_table`, and its column of classes.
    data, model, validation
        What was trained on, the trained model, and what judged it while it was trained.
    folder : path
        What is to be handed over; it holds `MODEL` and `PAGE`.
    """
    folder = Path(folder)
    points = {
        "归一化只用训练集的行": lambda: _scaling(csv, label, data),
        "停在哪一轮由验证集决定": lambda: _stopping(data, validation),
        "比总答最多的一类强": lambda: _baseline(data, model),
        "卡片上有划分、准确率和区间": lambda: _card(folder / MODEL, data, model),
        "模型文件在新进程里给出同样的答案": lambda: _new_process(folder / MODEL, data, model),
        "网页在，而且是这张表的": lambda: _page(folder / PAGE, data),
    }
    problems = {name: check() for name, check in points.items()}
    for name, problem in problems.items():
        print(f"❌ {name}：{problem}" if problem else f"✅ {name}")
    failed = sum(map(bool, problems.values()))
    print(f"还有 {failed} 项，照上面说的改好再交。" if failed else "全部通过，可以交出去了。")


def _scaling(csv: str | os.PathLike, label: str, data: TabularData) -> str:
    """Split the table on disk again in the same way, and compare."""
    import pandas

    train, validation, test = (len(p[0]) for p in (data.train, data.validation, data.test))
    count = train + validation + test
    sizes = {"test_size": (test - 0.5) / count}  # rounded up again, it is `test`
    sizes |= {"validation_size": (validation - 0.5) / count} if validation else {}
    advice = "请把 CSV 里的行原样交给 split_table，不要自己先归一化；删改过的表先另存为 CSV。"
    try:
        again = split_table(
            pandas.read_csv(csv), label, seed=data.seed, scaler=data.scaler, **sizes
        )
    except (OSError, ValueError) as error:
        return f"照着 CSV 重做一遍划分时出错（{error}）。{advice}"
    if [len(part[0]) for part in (again.train, again.validation, again.test)] != [
        train,
        validation,
        test,
    ] or again.feature_names != data.feature_names:
        return f"CSV 里的行数或列名和 data 的不一样。{advice}"
    for one, two in zip(again.scaling, data.scaling, strict=True):
        if not numpy.allclose(one, two):
            return f"data 的归一化不是由 CSV 里的训练集算出来的，它可能见过测试集。{advice}"
    if not torch.allclose(again.train[0], data.train[0].cpu(), atol=1e-5):
        return f"训练集的行和照着 CSV 划分出来的不一样。{advice}"
    return ""


def _stopping(data: TabularData, validation: Validation) -> str:
    """Compare the rows that decided with the parts."""
    if not len(data.validation[0]):
        return "没有验证集。请给 split_table 写上 validation_size=0.2，再重新训练。"
    if validation.best_epoch is None:
        return "validation 还没有记录。请用 train(…, on_record=validation) 训练。"
    used = _rows([inputs for inputs, _ in validation.batches])
    if used == _rows([data.validation[0]]):
        return ""
    only_test = set(_rows([data.test[0]])) - set(_rows([data.validation[0]]))
    if only_test & set(used):
        return (
            "决定停在哪一轮的行里有测试集的行，测试集上的准确率就偏高了。"
            "请改成 Validation([data.validation])，重新训练，最好也换一个 seed 重新划分。"
        )
    return "validation 看的不是 data.validation。请用 Validation([data.validation]) 重新训练。"


def _rows(parts: list[Tensor]) -> list[tuple]:
    return sorted(tuple(row) for part in parts for row in part.tolist())


def _baseline(data: TabularData, model: nn.Module) -> str:
    most = data.train[1].bincount().argmax()
    baseline = (data.test[1] == most).float().mean().item()
    result = evaluate(model, [data.test])
    told = f"测试集 {result.total} 行答对 {result.correct} 行，总答最多的一类能对 {baseline:.0%}"
    if result.accuracy <= baseline:
        return f"{told}。请先查归一化、标签和学习率，看训练集的损失降了没有。"
    if result.interval()[0] <= baseline:
        return f"{told}，还在 95% 区间里，可能只是运气。请多收集一些行，或者承认没有学到。"
    return ""


def _card(file: Path, data: TabularData, model: nn.Module) -> str:
    try:
        card = Predictor.load(file).card
    except ModelFileError as error:
        return str(error)
    result = evaluate(model, [data.test])
    facts = {"split_seed": data.seed, "test_rows": result.total}
    facts |= {"accuracy": f"{result.correct}/{result.total}"}
    wrong = [key for key, value in facts.items() if card.get(key) != value]
    if "interval" not in card or wrong:
        told = "、".join(wrong) or "interval"
        return f"卡片上的 {told} 缺少，或者不是这个模型的。请用 Predictor(model, data) 重新保存。"
    return ""


def _new_process(file: Path, data: TabularData, model: nn.Module) -> str:
    """Let another Python answer the test rows from the file alone."""
    import pandas

    inputs = data.test[0]
    with modes_kept(model), torch.no_grad():
        expected = model.eval()(inputs.to(next(model.parameters()))).softmax(dim=1).cpu()
    measured = data.scaling.measured(inputs.cpu().double().numpy())
    with tempfile.TemporaryDirectory(prefix="day38-") as name:
        rows = Path(name) / "rows.csv"
        pandas.DataFrame(measured, columns=list(data.feature_names)).to_csv(rows, index=False)
        command = ["predict", "--json", "--model", str(file), "--file", str(rows)]
        done = subprocess.run(
            [sys.executable, "-m", "day38", *command],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
        )
    if done.returncode:
        return f"新进程用不了它（{done.stderr.strip()[-200:]}）。请用 Predictor(…).save 重新保存。"
    answers = [answer["probabilities"] for answer in json.loads(done.stdout)]
    given = [[answer.get(name, -1) for name in data.class_names] for answer in answers]
    if not numpy.allclose(given, expected, atol=TOLERANCE):
        return "它的答案和现在的 model 不一样，多半是保存以后又训练过。请重新保存，再交出去。"
    return ""


def _page(file: Path, data: TabularData) -> str:
    advice = f"请运行 explore(model, data).save(… / {PAGE!r})。"
    if not file.exists():
        return f"文件夹里没有 {PAGE}。{advice}"
    text = file.read_text(encoding="utf-8", errors="replace")
    names = [json.dumps(name, ensure_ascii=False) for name in data.feature_names]
    if "</html>" not in text or any(name.replace("<", "\\u003c") not in text for name in names):
        return f"{PAGE} 不完整，或者不是这张表的。{advice}"
    return ""
