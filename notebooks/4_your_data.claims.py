"""What notebook 4 says of its wine in figures, asserted right after the cell that computes it.

Of another table the notebook says no figure; tests/lab/test_your_data.py runs it on two.
"""

# %% setup
from scipy.stats import binomtest as _binomtest

_interval = _binomtest(29, 30).proportion_ci(method="wilson")
assert round(29 / 30, 4) == 0.9667
assert round(_interval.low, 2) == 0.83 and round(_interval.high, 2) == 0.99
# fact 95%: the confidence of the interval that lesson 3 computes
assert wine_table.shape == (178, 14) and wine_table.cultivar.nunique() == 3
assert torch.get_num_threads() == 1

# %% table-look-run
assert features.shape == (178, 13)
assert table.isna().sum().sum() == 0
assert list(features.select_dtypes(exclude="number")) == []

# %% split-run
assert (len(train_rows), len(validation_rows), len(test)) == (106, 36, 36)

# %% dummy-run
assert round(least, 3) == round(16 / 36, 3)

# %% scale-run
assert features.max().min() < 1 and features.max().max() > 1_000

# %% split-table-run
assert torch.equal(inputs, data.train[0]) and torch.equal(targets, data.train[1])

# %% overfit-run
assert len(few[0]) == 30
assert model[0].out_features == 16
assert history.losses[-1] < 0.01
assert 20 < validation.best_epoch < 200
assert 1.5 < validation.losses[-1] / min(validation.losses) < 3

_counts = [round(36 * share) for share in (validation.accuracies[best], validation.accuracies[-1])]
assert _counts[1] >= _counts[0]  # the loss doubled, the count did not fall

# %% stop-run
assert validation.epochs[1] - validation.epochs[0] == 3
assert validation.patience == 10
assert history.epochs[-1] <= 300
assert judged.correct >= 34 and judged.total == 36
assert validation.losses[-1] < history.losses[-1] + 0.1

# %% raw-run
assert int((~fires).sum()) == 16 == len(fires)
assert (judged.correct, judged.total) == (16, 36)
assert raw.train[0].max() > 1_000 and round(16 / 36, 2) == 0.44
_scaled = split_table(wine_table, "cultivar", validation_size=0.2)
torch.manual_seed(42)
_model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
train(_model, [_scaled.train], epochs=300, progress=False)
assert abs(evaluate(_model, [_scaled.validation]).correct - 29) <= 1
assert raw_model(raw.validation[0]).argmax(dim=1).unique().numel() == 1

# %% inside-run
_dead = (model[:2](data.train[0]) <= 0).all(dim=0).sum().item()
assert 6 <= _dead <= 11  # "about half" of 16

# %% sure-run
assert (result.correct, result.total) == (36, 36)
assert round(low, 3) == 0.904 and high == 1.0
# fact 150: epochs of each of the twenty trainings below

# %% splits-run
assert len(scores) == len(baselines) == 20
assert min(scores) > max(baselines)
assert torch.tensor(scores).std() * 5 < torch.tensor(scores).mean() - torch.tensor(baselines).mean()

# %% save-run
assert predictor.card["accuracy"] == "36/36"

# %% stranger-run
assert predictor.predict(theirs) == predictor.predict(three)

# %% yours-run
from day38.explorer import CLASSES, FEATURES, ROWS, UNITS

assert (FEATURES[1], CLASSES[1], ROWS[1], UNITS[1]) == (40, 8, 5_000, 32)

# %% loader-run
assert len(loader) == 7
