"""What the exercises of notebook 3 say about repaired code and about other right answers."""

import pytest

from day38.exercises import lesson_3
from tests.exercises.student import said, solved

MEASURED = {
    "gradient_guess": (True, True),
    "interval_guess": (83.3, 83.5, 86),
    "scaler_guess": (0.999, 0.99),
}
SPECIES = lesson_3.predict_species
SCALED, LOGITS, NAMES = "scaler.transform(flowers)", "model(rows_in)", "names[place]"
WRONG = [
    ([("    model.eval()\n", "")], "dropout 还在随机置零"),
    ([("torch.no_grad()", "torch.enable_grad()")], "还在记录计算图"),
    ([(SCALED, "flowers")], "原样的厘米数"),
    ([(SCALED, "scaler.transform(scaler.transform(flowers))")], "归一化做了两遍"),
    ([(SCALED, "scaler.fit_transform(flowers)")], "重新拟合"),
    ([(SCALED, "scaler.transform(flowers) * 2")], "不是这几朵花经 scaler 归一化的结果"),
    ([("dim=1", "dim=0")], "不是同一朵花的三个分数"),
    ([(NAMES, "int(place)")], "编号要用 names 换成名字"),
    ([("argmax(dim=1)]", "argmax(dim=1)[:1]]")], "每朵花一个名字"),
    ([("argmax", "argmin")], "步骤都有了"),
    ([("return ", "")], "忘了 return"),
    ([(LOGITS, "rows_in[:, :3]")], "没有用到传进来的 model"),
    ([("scaler, flowers, names", "scaler, flowers")], "参数个数与题目不符"),
    ([("    model.eval()\n", ""), ("dim=1", "dim=0")], "还有 2 处问题"),
]
RIGHT = [
    [("torch.no_grad()", "torch.inference_mode()")],
    [("logits.argmax(dim=1)", "torch.max(logits, 1)[1]")],
    [("logits.argmax(dim=1)", "logits.softmax(dim=1).argmax(dim=-1).tolist()")],
    [(LOGITS, "torch.cat([model(row[None]) for row in rows_in])")],
]


@pytest.mark.parametrize(("changes", "part"), WRONG)
def test_a_mistake_in_an_inference_gets_its_own_message(changes: list, part: str) -> None:
    told = said(SPECIES, solved(SPECIES, *changes))
    assert told.startswith("❌") and part in told


@pytest.mark.parametrize("changes", RIGHT)
def test_other_ways_of_inference_are_right_too(changes: list) -> None:
    assert said(SPECIES, solved(SPECIES, *changes)).startswith("✅")


def test_an_empty_function_is_no_answer() -> None:
    assert said(SPECIES, lambda *given: None).startswith("还没有作答：函数里还什么也没有做。")


LOSS = lesson_3.validation_loss
NO_GRAD, BACK = "    with torch.no_grad():\n        outputs = ", "    model.train()\n"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ([(NO_GRAD, "    outputs = ")], "eval() 不会停止记录它"),
        (
            [(NO_GRAD, "    outputs = "), ("(outputs, targets)", "(outputs, targets).item()")],
            "丢掉",
        ),
        ([(BACK, "")], "还在评估模式"),
        ([("    model.eval()\n", "")], "dropout 还在随机置零"),
        ([("return ", "")], "忘了 return"),
        ([("(outputs, targets)", "(outputs, targets) * 2")], "不是验证集上的损失"),
        ([("model(inputs)", "inputs[:, :3]")], "没有用到传进来的 model"),
        ([("return torch.nn", "return [], torch.nn")], "应返回一个数"),
    ],
)
def test_a_look_that_disturbs_the_training_is_told_how(changes: list, part: str) -> None:
    told = said(LOSS, solved(LOSS, *changes))
    assert told.startswith("❌") and part in told


@pytest.mark.parametrize(
    "changes",
    [
        [("torch.no_grad()", "torch.inference_mode()")],
        [("(outputs, targets)", "(outputs, targets).item()")],
    ],
)
def test_other_ways_to_look_are_right_too(changes: list) -> None:
    assert said(LOSS, solved(LOSS, *changes)).startswith("✅")
