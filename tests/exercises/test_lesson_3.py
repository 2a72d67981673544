"""What the exercises of notebook 3 say about repaired code and about other right answers."""

from day38.exercises import lesson_3

MEASURED = {
    "gradient_guess": (True, True),
    "interval_guess": (83.3, 83.5, 86),
    "scaler_guess": (0.999, 0.99),
}
SPECIES, LOSS = lesson_3.predict_species, lesson_3.validation_loss
SCALED, LOGITS, NAMES = "scaler.transform(flowers)", "model(rows_in)", "names[place]"
EVAL, NO_GRAD = "    model.eval()\n", "    with torch.no_grad():\n        outputs = "
LOST = "(outputs, targets)"
WRONG = [
    (SPECIES, [(EVAL, "")], "dropout 还在随机置零"),
    (SPECIES, [("torch.no_grad()", "torch.enable_grad()")], "还在记录计算图"),
    (SPECIES, [(SCALED, "flowers")], "原样的厘米数"),
    (SPECIES, [(SCALED, "scaler.transform(scaler.transform(flowers))")], "归一化做了两遍"),
    (SPECIES, [(SCALED, "scaler.fit_transform(flowers)")], "重新拟合"),
    (SPECIES, [(SCALED, "scaler.transform(flowers) * 2")], "不是这几朵花经 scaler 归一化的结果"),
    (SPECIES, [("dim=1", "dim=0")], "不是同一朵花的三个分数"),
    (SPECIES, [(NAMES, "int(place)")], "编号要用 names 换成名字"),
    (SPECIES, [("argmax(dim=1)]", "argmax(dim=1)[:1]]")], "每朵花一个名字"),
    (SPECIES, [("argmax", "argmin")], "步骤都有了"),
    (SPECIES, [("return ", "")], "忘了 return"),
    (SPECIES, [("[names[place]", "{names[place]"), ("dim=1)]", "dim=1)}")], "集合"),
    (SPECIES, [(LOGITS, "rows_in[:, :3]")], "没有用到传进来的 model"),
    (SPECIES, [("scaler, flowers, names", "scaler, flowers")], "参数个数与题目不符"),
    (SPECIES, [(EVAL, ""), ("dim=1", "dim=0")], "还有 2 处问题"),
    (LOSS, [(NO_GRAD, "    outputs = ")], "eval() 不会停止记录它"),
    (LOSS, [(NO_GRAD, "    outputs = "), (LOST, f"{LOST}.item()")], "丢掉"),
    (LOSS, [("    model.train()\n", "")], "还在评估模式"),
    (LOSS, [(EVAL, "")], "dropout 还在随机置零"),
    (LOSS, [("return ", "")], "忘了 return"),
    (LOSS, [(LOST, f"{LOST} * 2")], "不是验证集上的损失"),
    (LOSS, [("model(inputs)", "inputs[:, :3]")], "没有用到传进来的 model"),
    (LOSS, [("return torch.nn", "return [], torch.nn")], "应返回一个数"),
    (LOSS, [(LOST, f"{LOST}.item().hex()")], "应返回一个数，返回的是字符串"),
    (LOSS, [("model.train()", "model.training = True")], "它管到每一层"),
]
RIGHT = [
    (SPECIES, [("torch.no_grad()", "torch.inference_mode()")]),
    (SPECIES, [("logits.argmax(dim=1)", "torch.max(logits, 1)[1]")]),
    (SPECIES, [("logits.argmax(dim=1)", "logits.softmax(dim=1).argmax(dim=-1).tolist()")]),
    (SPECIES, [(LOGITS, "torch.cat([model(row[None]) for row in rows_in])")]),
    (SPECIES, [(LOGITS, "torch.cat([model(r[None]) * 0 + model(r[None]) for r in rows_in])")]),
    (SPECIES, [(LOGITS, "[model(rows_in), model(rows_in)][0]")]),
    (SPECIES, [("[names[place] for place in", "iter(names[place] for place in"), ("=1)]", "=1))")]),
    (SPECIES, [("return ", "import pandas\n    return pandas.Series("), ("dim=1)]", "dim=1)])")]),
    (SPECIES, [(EVAL, "    import copy\n    model = copy.deepcopy(model).eval()\n")]),
    (LOSS, [(EVAL, "    import copy\n    model = copy.deepcopy(model).eval()\n")]),
    (LOSS, [("torch.no_grad()", "torch.inference_mode()")]),
    (LOSS, [(LOST, f"{LOST}.item()")]),
]
