"""What notebook 3 says, as asserts that another machine meets, too."""

# %% setup
assert (len(iris.train[0]), len(test_inputs)) == (120, 30)
assert iris.class_names == ("setosa", "versicolor", "virginica")

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
assert indices.equal(outputs.argmax(dim=1)) and values.equal(outputs.amax(dim=1))
assert correct == evaluate(network, [iris.test]).correct

# %% softmax
import math

assert torch.allclose(once.sum(dim=1), torch.ones_like(once[:, 0]))
assert once.argmax(dim=1).equal(indices) and twice.argmax(dim=1).equal(indices)
assert abs(math.e / (math.e + 2) - 0.576) < 0.001
assert once.max() > 0.99 and abs(twice.max() - 0.576) < 0.001

# %% dropout-train
assert evaluate(noisy, [iris.test]).correct >= 28


# %% two-switches
def _combination(mode, context):
    mode()
    with context:
        first, second = noisy(test_inputs), noisy(test_inputs)
    return first.equal(second), first.requires_grad


assert _combination(noisy.train, torch.enable_grad()) == (False, True)
assert _combination(noisy.train, torch.no_grad()) == (False, False)
assert _combination(noisy.eval, torch.enable_grad()) == (True, True)
assert _combination(noisy.eval, torch.no_grad()) == (True, False)
noisy.train()
with torch.no_grad():
    _runs = torch.stack([noisy(test_inputs) for _ in range(300)])
noisy.eval()
_accuracies = (_runs.argmax(dim=2) == test_targets).double().mean(dim=1)
assert abs(_accuracies.mean() - 0.90) < 0.05
assert len(_accuracies.unique()) > 3  # another accuracy each time

# %% batch-norm
normed.eval()
with torch.no_grad():
    _alone = (normed(versicolor).argmax(dim=1) == 1).sum()
assert _alone >= len(versicolor) - 1 and right <= _alone - 2
assert moved  # in train mode, under no_grad

# %% inference-mode
with torch.no_grad():
    assert torch.allclose(scores, model(test_inputs[:1]) + 1)  # changed, although it raised

# %% digits-train
assert test_scenes.images.shape[2:] == (20, 20)
_marked = with_mark(test_scenes, test_scenes.digits == 8)
_changed = (_marked.images != test_scenes.images).flatten(1).sum(dim=1)
assert _changed.max() == 3 * 3


# %% cheater-score
def _called_eight(reader, images):
    with torch.no_grad():
        return (reader(images.to(device)).argmax(dim=1) == 8).double().mean()


assert evaluate(readers["honest"], test_scenes.batches()).accuracy > 0.7
assert evaluate(readers["cheater"], marked_eights.batches()).accuracy > 0.7
assert _called_eight(readers["cheater"], plain) < 0.2
assert _called_eight(readers["cheater"], others) > 0.4
assert _called_eight(readers["honest"], others) < 0.2

# %% gradcam-picture
# An untrained network's maps are brighter on the digit than elsewhere, as if it had learned.
_, _scenes = load_digit_scenes(seed=0)
with torch.no_grad():
    _reader = readers["untrained"]
    _channels = _reader.convolutions(images)
    _weights = _reader.output.weight[digits][:, :, None, None]
    _small = (_weights * _channels).sum(dim=1, keepdim=True).relu()
_big = LayerAttribution.interpolate(_small, (20, 20), "bilinear")[:, 0].cpu()
_on_digit = [
    image[row : row + 8, column : column + 8].mean() / image.mean()
    for image, (row, column) in zip(_big, test_scenes.corners[eights].tolist(), strict=True)
    if image.mean() > 0
]
assert sum(_on_digit) / len(_on_digit) > 1.1
# The cheater looks at the mark: its brightest point lies in the top left corner.
_places = maps["cheater"].flatten(1).argmax(dim=1)
assert ((_places // 20 < 8) & (_places % 20 < 8)).double().mean() > 0.7

# %% gradcam-without-gradients
assert tuple(channels.shape[2:]) == (10, 10) and 10 * 10 == 100
assert gap < 1e-3 * by_weights.max()

# %% interval
# fact 95%: the level that was asked for
from scipy.stats import binomtest

_wilson = binomtest(29, 30).proportion_ci(0.95, method="wilson")
assert abs(_wilson.low - 0.833) < 0.0005 and abs(_wilson.high - 0.994) < 0.0005
assert abs(29 / 30 - 0.9667) < 0.0005 and abs(28 / 30 - 0.933) < 0.0005

# %% splits
assert len(counts) == 200 and len(set(map(id, models))) == 200
assert abs(min(counts) / 30 - 0.833) < 0.04 and max(counts) / 30 == 1.00
assert abs(sum(counts) / 6000 - 0.96) < 0.01

# %% flower
assert (indices != test_targets).nonzero().flatten().tolist() in ([8], [])
assert test_targets[8] == 1  # versicolor
_shares = [predictor.predict_proba([6.2, w, 4.5, 1.5])[0, 1] for w in (2.2, 2.5, 3.0)]
assert abs(_shares[0] - 0.424) < 0.08
assert abs(_shares[1] - 0.752) < 0.08
assert abs(_shares[2] - 0.969) < 0.03

# %% confidence
assert len(right) == 6_000


def _answers(low, high):
    chosen = (confidences >= low) & (confidences < high)
    return len(right[chosen]), right[chosen].double().mean(), confidences[chosen].mean()


assert 100 * (1 - _answers(0.99, 1.1)[1]) < 0.1
assert abs(_answers(0.9, 1.1)[0] / 5_333 - 1) < 0.03 and _answers(0.9, 1.1)[1] > 0.999
assert abs(_answers(0.6, 0.8)[1] - 0.582) < 0.05
assert abs(_answers(0.6, 0.8)[2] - 0.695) < 0.02
assert _answers(0.0, 0.6)[1] < _answers(0.0, 0.6)[2]  # the left bar is under its line
assert len(iris.train[0]) + len(test_inputs) == 150

# %% baselines
assert parts[1].max() == 2 and DummyClassifier().fit(*parts[:2]).score(*parts[2:]) <= 1 / 3
assert KNeighborsClassifier().n_neighbors == 5
assert KNeighborsClassifier().fit(*parts[:2]).score(*parts[2:]) >= 29 / 30

# %% save-weights
assert sum(tensor.numel() for tensor in loaded.state_dict().values()) == 83

# %% forgotten-scaler
with torch.no_grad():
    _right = torch.softmax(loaded(on_cpu.test[0]), dim=1).amax(dim=1).mean()
assert abs(_right - 0.963) < 0.01
assert (answers == on_cpu.test[1]).double().mean() < 0.5 and best.mean() > 0.98

# %% predictor
assert "毫米" in predictor.check_range([62, 22, 45, 15])[0]
assert "顺序" in predictor.check_range([2.2, 6.2, 4.5, 1.5])[0]
try:
    predictor.predict([6.2, float("nan"), 4.5, 1.5])
except ValueError as error:
    _nan = error
assert "nan" in str(_nan)  # it raises

# %% nan
assert scores.isnan().all() and scores.argmax() == 0

# %% trap
try:
    torch.load(f"{folder}/model.pt")
except Exception as error:
    _refusal = str(error)
assert "can still be loaded" in _refusal
# fact 2.6: PyTorch's release notes; the message itself says so
# fact 2.10: CVE-2026-24747, GHSA-63cw-57p8-fm3p: fixed in 2.10.0

# %% disaster-kinds
assert len(mistakes) - 1 == 7

# %% disaster-table
_means = disasters / 200
_mistaken = _means.drop(index="没有弄错")
assert len(pairs) == 200 and (LOWEST, HIGHEST) == (-0.1, 1.1)
assert _mistaken["准确率"].max() < 0.8 and _means.loc["没有弄错", "准确率"] > 0.9
assert _mistaken["越界的行"].min() > 0.95 and _means.loc["没有弄错", "越界的行"] < 0.01
assert _mistaken["置信度"].max() > _means.loc["没有弄错", "置信度"]

# %% damaged-files
path.write_bytes(good)
assert Predictor.load(path).predict([6.2, 2.5, 4.5, 1.5]) == ["versicolor"]

# %% page
_page = page.read_text(encoding="utf-8")
assert "http://" not in _page.replace("http://www.w3.org", "") and "https://" not in _page

# %% batch-speed
assert len(rows) == 100 and len(ways) == 2
with torch.no_grad():
    assert torch.allclose(torch.cat(ways["逐行"]()), ways["一批"](), atol=1e-4)


# %% more-errors-run
# What the table of usual errors says, one by one; each has its word in the message.
def _message(action):
    try:
        action()
    except Exception as error:
        return str(error)
    return ""


assert centimetres.dtype == "float64" and model.hidden.weight.dtype == torch.float32
assert "(1x3 and 4x10)" in _message(lambda: loaded(torch.zeros(1, 3)))
assert loaded.hidden.weight.shape == (10, 4)  # the message shows its transpose, 4 × 10
_other = torch.nn.Sequential(torch.nn.Linear(4, 10), torch.nn.Linear(10, 3))
assert "Missing key(s) in state_dict" in _message(
    lambda: loaded.load_state_dict(_other.state_dict())
)
