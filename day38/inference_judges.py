"""What is wrong with a student's inference: the judges of notebook 3's exercises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy
import torch
from torch import Tensor, nn

from day38.answers import NUMBER, SEQUENCE, call, describe, kind_of, plain, same

if TYPE_CHECKING:
    from sklearn.preprocessing import MinMaxScaler

NAMES = ("setosa", "versicolor", "virginica")
# In cm. The largest petal is in row 1, so an argmax over the rows finds row numbers below 3.
FLOWERS = [
    [5.1, 3.5, 1.4, 0.2],
    [6.3, 3.3, 6.0, 2.5],
    [5.9, 3.0, 4.2, 1.5],
    [4.9, 3.1, 1.5, 0.1],
    [5.7, 2.8, 4.1, 1.3],
]
SPECIES = ["setosa", "virginica", "versicolor", "setosa", "versicolor"]


class _Probe(nn.Module):
    """Tells species by the scaled petal length, and notes how it is used."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout, self.layer = nn.Dropout(0.5), nn.Linear(4, 3)
        with torch.no_grad():
            self.layer.weight.zero_()
            self.layer.weight[:, 2] = torch.tensor([0.0, 10.0, 20.0])
            self.layer.bias.copy_(torch.tensor([0.0, -10 / 3, -10.0]))
        self.modes: list[bool] = []
        self.gradients: list[bool] = []
        self.inputs: list[Tensor] = []

    def forward(self, inputs: Tensor) -> Tensor:
        self.modes.append(self.dropout.training)
        self.gradients.append(torch.is_grad_enabled())
        self.inputs.append(inputs.detach().clone())
        return self.layer(self.dropout(inputs))


def _fitted() -> MinMaxScaler:
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler().fit([[4.3, 2.0, 1.1, 0.1], [7.7, 4.4, 6.7, 2.5]])


def judge_species(function: Callable) -> str | None:
    """Judge `predict_species`: name every problem that is left, each by what it leads to."""
    model, scaler = _Probe(), _fitted()
    answers = call(function, model, scaler, [list(flower) for flower in FLOWERS], NAMES)
    if not model.inputs:
        return "函数没有用到传进来的 model。请用它做一次前向。"
    problems = [
        "同一朵花问两次，概率不一样：前向的时候，网络里的 dropout 还在随机丢东西。"
        if any(model.modes)
        else None,
        "前向时还在记梯度：答案不变，但白白占用内存和时间。" if any(model.gradients) else None,
        _input_problem(torch.cat([given.reshape(-1, 4) for given in model.inputs])),
        _answer_problem(answers),
    ]
    left = [problem for problem in problems if problem]
    if left:
        return "\n".join([f"还有 {len(left)} 处要改：", *(f"- {problem}" for problem in left)])
    if not same(answers, SPECIES, 0):
        return f"步骤都有了，答案却是{describe(answers)}，和正确的不同。再读一遍你的函数。"
    return None


def _input_problem(given: Tensor) -> str | None:
    from sklearn.preprocessing import MinMaxScaler

    scaled = _fitted().transform(FLOWERS)
    mistakes: list[tuple[Any, str | None]] = [
        (scaled, None),
        (FLOWERS, "送进网络的是原样的厘米数，网络训练时没见过这么大的数：会答错，还答得很自信。"),
        (_fitted().transform(scaled), "归一化做了两遍，送进网络的数小得离谱。只要一遍。"),
        (
            MinMaxScaler().fit_transform(FLOWERS),
            "你让 scaler 在这几朵新花上重新拟合了。要用训练时拟合好的那一个，只做 transform。",
        ),
    ]
    for table, message in mistakes:
        if same(given, numpy.asarray(table), 1e-4):
            return message
    return "送进网络的数，不是这几朵花经 scaler 归一化的结果。"


def _answer_problem(answers: object) -> str | None:
    if kind_of(answers) != SEQUENCE or any(kind_of(answer) == NUMBER for answer in answers):
        return f"应返回名字的列表，返回的是{describe(answers)}。编号要用 names 换成名字。"
    if len(answers) == len(NAMES) != len(FLOWERS):
        return (
            f"给了 {len(FLOWERS)} 朵花，只回答了 {len(answers)} 个：取最大值时，"
            "在一起比的不是同一朵花的三个分数。"
        )
    if len(answers) != len(FLOWERS):
        return f"给了 {len(FLOWERS)} 朵花，回答了 {len(answers)} 个。每朵花一个名字。"
    return None


def judge_choices(needed: dict[str, str], others: dict[str, str]) -> Callable[[Any], str | None]:
    """Return a judge for a set of letters.

    Parameters
    ----------
    needed : dict of str to str
        The letters of the right answer, each with what to say when it is missing.
    others : dict of str to str
        The other letters, each with what to say when it is chosen.
    """

    def judge(answer: set) -> str | None:
        chosen = {str(plain(item)).upper() for item in answer}
        for letter in sorted(chosen - {*needed, *others}):
            return f"没有 {letter} 这个选项。可选的是 {'、'.join(sorted({*needed, *others}))}。"
        for letter in sorted(chosen & others.keys()):
            return f"{letter} 不该选：{others[letter]}"
        for letter in sorted(needed.keys() - chosen):
            return f"选的都对，但还不全。{needed[letter]}"
        return None

    return judge


def judge_matches(right: dict[int, str], causes: dict[str, str]) -> Callable[[dict], str | None]:
    """Return a judge for numbers matched with letters.

    Parameters
    ----------
    right : dict of int to str
        The letter of each number.
    causes : dict of str to str
        What is said when a letter stands at a wrong number.
    """

    def judge(answer: dict) -> str | None:
        given = {key: str(plain(letter)).upper() for key, letter in answer.items()}
        if given.keys() != right.keys():
            return f"请给每个症状一个字母，键是 {'、'.join(map(str, right))}。"
        for letter in given.values():
            if letter not in causes:
                return f"没有 {letter} 这个原因。可选的是 {'、'.join(causes)}。"
        wrong = [number for number in right if given[number] != right[number]]
        if not wrong:
            return None
        first = wrong[0]
        return (
            f"{len(right)} 个里对了 {len(right) - len(wrong)} 个。先看症状 {first}，"
            f"你选了 {given[first]}。{causes[given[first]]}"
        )

    return judge
