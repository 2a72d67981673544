"""Before a model is handed over: six points that check themselves, a line each.

Taught in notebook 4. Which rows a model was trained on, and how often the test part was looked at,
no program can see.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy
import pandas
import torch
from torch import nn

from day38.data import TabularData, split_table
from day38.evaluation import Evaluation, evaluate
from day38.inference import ModelFileError, Predictor
from day38.recording import Validation
from day38.training import Batches

MODEL, PAGE, NOTE = "model.safetensors", "page.html", "README.txt"  # what is handed over


def checklist(
    csv: str | os.PathLike,
    label: str,
    data: TabularData,
    model: nn.Module,
    validation: Validation,
    folder: str | os.PathLike,
) -> None:
    """Print for each point whether it holds and, where it does not, what to do.

    `csv` is the table on disk, ready for `split_table`, and `label` its column of classes; `data`,
    `model` and `validation` are what was trained on, the trained model, and what judged it on the
    way; `folder` holds `MODEL`, `PAGE` and `NOTE`.
    """
    result = evaluate(model, [data.test])
    problems = {
        "归一化只用了训练集的行": _scaling(Path(csv), label, data),
        "留下哪一轮由验证集决定": _stopping(data, model, validation),
        "比总答最多的一类强": _baseline(data, result),
        "卡片上有划分、成绩和区间": _card(Path(folder) / MODEL, data, result),
        "模型文件在新进程里给出同样的答案": _answers(Path(folder) / MODEL, data, model),
        "网页和说明都在，说的是这张表": _page(Path(folder), data),
    }
    for name, problem in problems.items():
        print(f"❌ {name}：{problem}" if problem else f"✅ {name}")
    if failed := sum(map(bool, problems.values())):
        print(f"还有 {failed} 项，照上面说的改好再交。")
    else:
        print("六项都通过了。清单查不到的，要靠你自己。")


def _scaling(csv: Path, label: str, data: TabularData) -> str:
    """Split the table on disk again in the same way, and compare."""
    advice = "请把 CSV 原样读进来交给 split_table，不要自己先归一化；删改过的表先另存为 CSV。"
    counts = [len(part[0]) for part in (data.train, data.validation, data.test)]
    shares = [max(count - 0.5, 0) / sum(counts) for count in counts]  # rounded up when split
    sizes: dict[str, Any] = {"validation_size": shares[1], "test_size": shares[2]}
    try:
        table = pandas.read_csv(csv)
        again = split_table(table, label, seed=data.seed, scaler=data.scaler, **sizes)
    except (OSError, ValueError) as error:
        return f"照着 CSV 重新划分时出错（{error}）。{advice}"
    if (
        again.feature_names == data.feature_names
        and again.train[0].shape == data.train[0].shape
        and all(map(numpy.allclose, again.scaling, data.scaling))
        and torch.allclose(again.train[0], data.train[0].cpu(), atol=1e-5)
    ):
        return ""
    return f"照着 CSV 里的训练集重算，得到的和 data 里的不一样，它可能见过测试集。{advice}"


def _stopping(data: TabularData, model: nn.Module, validation: Validation) -> str:
    """Compare the rows that decided with the parts, the weights with the best epoch's."""
    advice = "请用 split_table(…, validation_size=0.2) 和 Validation([data.validation]) 重新训练"
    used, own = _rows(validation.batches), _rows([data.validation])
    if set(used) & (set(_rows([data.test])) - set(own)):
        return f"决定的行里有测试集的行，测试集的成绩就偏高了。{advice}，最好也换一个 seed。"
    if used != own or not own or validation.best_epoch is None:
        return f"没有验证集，没有记录，或者看的不是 data.validation。{advice}。"
    best = copy.deepcopy(model)
    try:
        validation.restore(best)
    except RuntimeError:  # of other sizes
        return "validation 看的是另一个网络。请交出同一次训练的 model 和 validation。"
    now = model.state_dict()
    if all(torch.equal(value, now[name]) for name, value in best.state_dict().items()):
        return ""
    return (
        f"现在的权重不是验证集最好的那一轮（第 {validation.best_epoch:,} 轮）的。"
        "请先 validation.restore(model)，再重新保存。"
    )


def _rows(batches: Batches) -> list[tuple]:
    return sorted(tuple(row) for inputs, _ in batches for row in inputs.tolist())


def _baseline(data: TabularData, result: Evaluation) -> str:
    most = data.train[1].bincount().argmax()
    least = int((data.test[1] == most).sum())
    if result.interval()[0] > least / result.total:
        return ""
    told = f"测试集 {result.total} 行里答对 {result.correct} 行，总答最多的一类答对 {least} 行"
    if result.correct > least:
        return f"{told}，差别还在 95% 区间里，可能是碰巧。请收集更多的行。"
    return f"{told}。请查归一化、标签和学习率，看训练集的损失降了没有。"


def _card(file: Path, data: TabularData, result: Evaluation) -> str:
    try:
        card = Predictor.load(file).card
    except ModelFileError as error:
        return str(error)
    facts = {"split_seed": data.seed, "accuracy": f"{result.correct}/{result.total}"}
    facts["interval"] = list(result.interval())
    wrong = "、".join(key for key, value in facts.items() if card.get(key) != value)
    return f"{wrong} 不是这个模型的。请用 Predictor(model, data) 重新保存。" if wrong else ""


def _answers(file: Path, data: TabularData, model: nn.Module) -> str:
    """Let another Python answer the test rows from the file alone."""
    rows = data.scaling.measured(data.test[0].cpu().double().numpy())
    with tempfile.TemporaryDirectory(prefix="day38-") as name:
        csv = Path(name) / "rows.csv"
        pandas.DataFrame(rows, columns=list(data.feature_names)).to_csv(csv, index=False)
        command = [sys.executable, "-m", "day38", "predict", "--json"]
        command += ["--model", str(file), "--file", str(csv)]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    if done.returncode:
        return f"新进程用不了它（{done.stderr.strip()[-200:]}）。请用 Predictor(…).save 重新保存。"
    with torch.no_grad():
        still = copy.deepcopy(model).cpu().eval()
        expected = still(data.test[0].cpu()).softmax(dim=1)
    answers = [answer["probabilities"] for answer in json.loads(done.stdout)]
    given = [[answer.get(name, -1) for name in data.class_names] for answer in answers]
    if numpy.allclose(given, expected, atol=1e-3):
        return ""
    return "答案和现在的 model 不一样，多半是保存以后又训练过。请重新保存，再交出去。"


def _page(folder: Path, data: TabularData) -> str:
    page, note = folder / PAGE, folder / NOTE
    text = page.read_text(encoding="utf-8", errors="replace") if page.exists() else ""
    names = [json.dumps(n, ensure_ascii=False).replace("<", "\\u003c") for n in data.feature_names]
    if "</html>" not in text or not all(name in text for name in names):
        what = "不完整，或者不是这张表的" if text else "不在文件夹里"
        return f"{PAGE} {what}。请用 explore(model, data).save(…) 重新保存。"
    if not note.exists() or not note.read_bytes().strip():
        return f"{NOTE} 不在文件夹里，或者是空的。请写上模型认什么、有多可靠、怎么用。"
    return ""
