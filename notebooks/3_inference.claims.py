"""What notebook 3 says, as asserts that another machine meets, too."""

# %% setup
assert (len(iris.train[0]), len(test_inputs)) == (120, 30)

# %% sklearn-run
assert round(logistic.score(*on_cpu.test) * 30) in (29, 30)

# %% torch-run
if not history.interrupted:
    assert 0.05 < history.losses[-1] < 0.09
    assert evaluate(model, [iris.test]).correct in (29, 30)

# %% three-steps
assert outputs.shape == (30, 3)  # a row for a flower, a column for a class
assert outputs.min() < 0 and outputs.max() > 1
assert not network.training and not outputs.requires_grad

# %% predictions
assert indices.equal(outputs.argmax(dim=1)) and values.equal(
    outputs.amax(dim=1)
)
assert correct == evaluate(network, [iris.test]).correct and correct in (
    29,
    30,
)

# %% softmax
import math

assert torch.allclose(once.sum(dim=1), torch.ones_like(once[:, 0]))
assert once.argmax(dim=1).equal(indices) and twice.argmax(dim=1).equal(
    indices
)
assert once.max() > 0.99 and abs(twice.max() - 0.576) < 0.001

# %% two-switches
# fact 0.576: e ÷ (e + 2), computed in the section before
assert math.isclose(math.e / (math.e + 2), 0.576, abs_tol=0.0002)
assert (
    not rows["train", "enable_grad"][0] and not rows["train", "no_grad"][0]
)
assert rows["eval", "enable_grad"] == (True, True)
assert rows["eval", "no_grad"] == (True, False)

# %% digits-train
_changed = (marked[1].images != plain[1].images).flatten(1).sum(dim=1)
assert _changed.max() == 3 * 3 and set(
    plain[1].digits[_changed > 0].tolist()
) == {8}
assert evaluate(readers["honest"], plain[1].batches()).accuracy > 0.7
assert evaluate(readers["cheater"], marked[1].batches()).accuracy > 0.7

# %% gradcam-picture
assert len(images) == 5
# The cheater looks at the mark: its brightest point lies in the top left corner.
_all = marked[1].images[marked[1].digits == 8].to(device)


def _maps(name):
    explainer = LayerGradCam(readers[name], readers[name].convolutions)
    small = explainer.attribute(_all, 8, relu_attributions=True)
    return (
        LayerAttribution.interpolate(small, (20, 20), "bilinear")[:, 0]
        .detach()
        .cpu()
    )


_places = _maps("cheater").flatten(1).argmax(dim=1)
assert ((_places // 20 < 8) & (_places % 20 < 8)).double().mean() > 0.7
# The maps of the honest and of an untrained network are brighter on the digit than elsewhere.
for _name in ("honest", "untrained"):
    _corners = plain[1].corners[plain[1].digits == 8].tolist()
    _shares = [
        each[row : row + 8, column : column + 8].mean() / each.mean()
        for each, (row, column) in zip(_maps(_name), _corners, strict=True)
        if each.mean() > 0
    ]
    assert sum(_shares) / len(_shares) > 1.1

# %% cheater-score
assert (
    name == "cheater"
    and says_8[eights].mean() < 0.2
    and says_8[~eights].mean() > 0.4
)
with torch.no_grad():
    _honest = (
        readers["honest"](swapped.images.to(device)).argmax(dim=1).cpu()
        == 8
    )
assert _honest[~eights].double().mean() < 0.2

# %% batch-norm
normed.eval()
with torch.no_grad():
    _alone = (normed(versicolor).argmax(dim=1) == 1).sum()
assert _alone >= len(versicolor) - 1 and right <= _alone - 2
assert moved  # in train mode, under no_grad

# %% inference-mode
with torch.no_grad():
    assert torch.allclose(
        scores, model(test_inputs[:1]) + 1
    )  # changed, although it raised

# %% simulation
# fact 95%: the level that was asked for
assert len(intervals) == 1_000 and 940 < held < 990
assert exams.shape[1] == 30 and len(intervals[:50]) == 50
_wilson = [
    binomtest(n, 30).proportion_ci(0.95, method="wilson")
    for n in range(31)
]
_chances = [math.comb(30, n) * 0.9**n * 0.1 ** (30 - n) for n in range(31)]
_exact = sum(
    p for p, (low, high) in zip(_chances, _wilson) if low <= 0.9 <= high
)
assert abs(_exact - 0.974) < 0.0005
assert not all(
    low <= 0.9 <= high for low, high in intervals[:50]
)  # one of them is orange

# %% interval
assert correct / 30 in (29 / 30, 1.0)
assert abs(29 / 30 - 0.9667) < 0.0005 and abs(28 / 30 - 0.933) < 0.0005
assert (
    abs(_wilson[29].low - 0.833) < 0.0005
    and abs(_wilson[29].high - 0.994) < 0.0005
)

# %% splits
assert len(counts) == 200 and len(set(map(id, models))) == 200
assert abs(shares.mean() / 100 - 0.962) < 0.004
assert (
    abs(shares.std() - 3.5) < 0.4 and abs(100 / 30 - 3.5) < 0.4
)  # about a flower

# %% flowers
# fact 99: how .99 is read, a belief to be tested
# fact 0.99: the same
assert len(right) == 6_000 and len(set(flowers)) == 150
assert abs((~right).sum() - 231) < 15
assert abs(len(mistaken) - 10) <= 2 and abs(mistaken[:6].sum() - 217) < 12
assert abs(sure.sum() - 3_735) < 100 and not wrong[sure].any()
_rows = flowers.to_numpy()
assert abs(len(set(_rows[sure])) - 111) < 4
assert abs((1 - 2 / 100) ** 111 - 0.1) < 0.02  # two wrong of 100: none of 111 is seen wrong
_low = (confidences < 0.8).cpu().numpy()
_unsure = set(_rows[_low])
_wrong = pandas.Series(~right.cpu().numpy()[_low]).groupby(_rows[_low]).mean()
assert abs(len(_unsure) - 15) <= 2 and abs((_wrong > 0.5).sum() - 6) <= 1

# %% duel
assert len(splits) == 200 and wins < 100 and 200 - wins - draws >= 20
assert (
    results["神经网络"].double().mean() > results["决策树"].double().mean()
)
assert 0.2 < results["总猜一类"].double().mean() / 30 < 0.34

# %% forgotten-scaler
with torch.no_grad():
    _right = torch.softmax(network(test_inputs), dim=1).amax(dim=1).mean()
assert abs(_right - 0.963) < 0.01
_accuracy = (answers == test_targets).double().mean()
assert abs(_accuracy - 0.367) < 0.04 and abs(best.mean() - 0.999) < 0.002
assert len(centimetres) == 30

# %% predictor
# fact 0.99: what 3.4 asked about
assert "毫米" in loaded.check_range([62, 22, 45, 15])[0]
assert "对调" in loaded.check_range([2.2, 6.2, 4.5, 1.5])[0]
assert loaded.predict([6.2, 2.5, 4.5, 1.5]) == ["versicolor"]

# %% disaster-kinds
assert len(mistakes) - 1 == 7

# %% disaster-table
from day38.oddities import MARGIN

_means = disasters / 200
_mistaken = _means.drop(index="没有弄错")
assert len(pairs) == 200 and (-MARGIN, 1 + MARGIN) == (-0.1, 1.1)
assert (
    _mistaken["准确率"].max() < 0.8
    and _means.loc["没有弄错", "准确率"] > 0.9
)
assert (
    _mistaken["越界的行"].min() > 0.95
    and _means.loc["没有弄错", "越界的行"] < 0.01
)
assert _mistaken["置信度"].max() > _means.loc["没有弄错", "置信度"]

# %% nan
assert scores.isnan().all() and scores.argmax() == 0 and some.argmax() == 1
try:
    loaded.predict([6.2, float("nan"), 4.5, 1.5])
except ValueError as error:
    _nan = error
assert "nan" in str(_nan)  # it raises

# %% trap
try:
    torch.load(f"{folder}/model.pt")
except Exception as error:
    _refusal = str(error)
assert "can still be loaded" in _refusal
# fact 2.6: PyTorch's release notes; the message itself says so
# fact 2.10: CVE-2026-24747, GHSA-63cw-57p8-fm3p: fixed in 2.10.0

# %% damaged-files
path.write_bytes(good)
assert Predictor.load(path).predict([6.2, 2.5, 4.5, 1.5]) == ["versicolor"]

# %% one-flower
assert (indices != test_targets).nonzero().flatten().tolist() in ([8], [])
assert test_targets[8] == 1  # versicolor


def _versicolor(wider, narrower):
    flower = [6.2, 2.2 + wider, 4.5, 1.5 - narrower]
    return predictor.predict_proba(flower)[0, 1]


assert abs(_versicolor(0, 0) - 0.424) < 0.08
assert _versicolor(0.3, 0) > 0.5  # it turns the answer
assert _versicolor(0, 0.1) > 0.5

# %% page
_page = page.read_text(encoding="utf-8")
assert (
    "http://" not in _page.replace("http://www.w3.org", "")
    and "https://" not in _page
)


# %% more-errors-run
# What the table of usual errors says, one by one; each has its word in the message.
def _message(action):
    try:
        action()
    except Exception as error:
        return str(error)
    return ""


assert (
    centimetres.dtype == "float64"
    and model.hidden.weight.dtype == torch.float32
)
_fresh = IrisMLP()
assert "(1x3 and 4x10)" in _message(lambda: _fresh(torch.zeros(1, 3)))
assert _fresh.hidden.weight.shape == (
    10,
    4,
)  # the message shows its transpose, 4 × 10
_norm = torch.nn.BatchNorm1d(10)
assert "more than 1 value per channel" in _message(
    lambda: _norm(torch.zeros(1, 10))
)
assert "more than 1 value" not in _message(
    lambda: _norm.eval()(torch.zeros(1, 10))
)
for _prefix, _wrapped in [
    ("module.", torch.nn.DataParallel(_fresh)),
    ("_orig_mod.", torch.compile(_fresh)),
]:
    _kept = _wrapped.state_dict()
    assert "Missing key(s)" in _message(
        lambda kept=_kept: IrisMLP().load_state_dict(kept)
    )
    IrisMLP().load_state_dict(
        {name.removeprefix(_prefix): v for name, v in _kept.items()}
    )
assert len(rows) == 100 and len(ways) == 2
with torch.no_grad():
    assert torch.allclose(
        torch.cat(ways["逐行"]()), ways["一批"](), atol=1e-4
    )
