"""What notebook 1 says, held after the cell that shows it. Tolerances another processor meets."""

# %% data
assert inputs.shape == (120, 4) and iris.test[0].shape == (30, 4)
assert inputs.dtype == torch.float32 and targets.dtype == torch.int64
assert 0 <= inputs.min() < 1e-6 and abs(inputs.max() - 1) < 1e-6
assert len(iris.class_names) == 3

# %% model-class
assert (untrained.hidden.in_features, untrained.hidden.out_features) == (4, 10)
assert untrained.output.out_features == 3

# %% loss-untrained
from math import isclose, log

_loss = functional.cross_entropy(logits, targets).item()
assert isclose(-chances.log().mean().item(), _loss, abs_tol=1e-4)
assert isclose(log(3), 1.0986, abs_tol=1e-4) and abs(_loss - log(3)) < 0.3

# %% baseline-loop
assert history.epochs == list(range(200, 20_001, 200))
assert abs(history.losses[0] - 0.94) < 0.02 and abs(history.losses[-1] - 0.06) < 0.01
assert sorted(snapshots) == [0, *history.epochs] and len(history.losses) == 100

# %% loss-curve
_correct = evaluate(model, [iris.test]).correct
assert _correct in (29, 30)

# %% exercise-loss-curve
# What its sentences say.
assert abs(history.losses[4] / _loss - 0.5) < 0.1 and history.epochs[4] == 1_000
assert 0 < history.losses[74] - history.losses[99] < 0.02

# %% named-parameters
assert total == 83 == (4 * 10 + 10) + (10 * 3 + 3)
assert sum(p.numel() for p in model.parameters() if p.ndim == 2) == 70
assert sum(p.numel() for p in model.parameters() if p.ndim == 1) == 13

# %% weight-statistics
_table = pandas.DataFrame(rows, index=columns)
assert (_table.loc["change"] > 2).all()

# %% histogram-large
_spread = {}
for _name, _layer in two_layers(512, 512).items():
    _weight = _layer.weight.detach()
    assert _weight.numel() == 512 * 512
    _spread[_name] = float(_weight.abs().max() / _weight.std())
assert _spread["uniform"] < 2 < 4 < _spread["normal"]
assert two_layers(4, 10)["normal"].weight.numel() == 40

# %% rnn-row
from day38 import count_parameters

assert count_parameters(rnn) == 147 and count_parameters(rnn.recurrent) == 120
assert count_parameters(rnn.output) == 27
for _network, *_size in ((snapshots[0], 4), (cnn, 3, 224, 224), (rnn, 10, 5)):
    assert len(_network(torch.zeros(32, *_size))) == 32
from contextlib import redirect_stdout
from io import StringIO

_printed = StringIO()
with redirect_stdout(_printed):
    torchsummary.summary(rnn, (10, 5), device="cpu")
assert "Total params: 27\n" in _printed.getvalue()
(_line,) = [_line for _line in _printed.getvalue().splitlines() if "RNN-1" in _line]
assert int(_line.split()[-1]) == 0

# %% work-count
assert summary.total_params == summary.total_mult_adds == 83
assert counter.get_total_flops() == 140 == 2 * 70 and 83 - 70 == 13
assert "Total mult-adds (Units.MEGABYTES): 0.00" in str(summary)
_wrong = torchinfo.summary(snapshots[20_000], (4,), device="cpu", verbose=0)
assert _wrong.total_mult_adds != 83 and _wrong.total_params == 83

# %% disagree-table
_rows = {_row[0]: tuple(_row[1:]) for _row in table.itertuples(index=False)}
assert len(_rows) == 9 and _rows["我们的 MLP"] == (83, 83, 83)
assert _rows["共享权重"] == (128, 128, 64) and _rows["同一层用三次"] == (243, 99, 99)
assert _rows["裸参数"] == (15, 59, 59) and _rows["没用到的层"] == (83, 2_633, 2_633)
assert _rows["模型里的 RNN"] == (27, 147, 147) and _rows["模型里的 GRU"][0] == 27
assert "'tuple' object" in _rows["模型里的 LSTM"][0] and "'int' object" in _rows["单独的 RNN"][0]
assert all(_seen == _true for _, _seen, _true in _rows.values() if _true != 64)
assert _rows["模型里的 RNN"][0] - count_parameters(rnn.output) == 0

# %% behind-random
_numbers = {_name: next_random(_look) for _name, _look in looks.items()}
assert [_name for _name in _numbers if _numbers[_name] == _numbers["不看"]] == [
    "不看",
    "input_data",
]

# %% behind-modes
assert (normalised[1].running_mean != 0).any() and normalised[1].training

# %% behind-hooks
try:
    lstm(torch.zeros(1, 10, 5))
    _broken = False
except AttributeError:
    _broken = True
assert _broken
_copy = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
_copy[1].eval()
torch.manual_seed(0)
with torch.random.fork_rng():
    torchsummary_total(copy.deepcopy(_copy), (4,))
    torchinfo.summary(copy.deepcopy(_copy), (2, 4), **quiet)
_drawn = torch.rand(1).item()
assert _drawn == _numbers["不看"]
assert (_copy[1].running_mean == 0).all() and not _copy[1].training

# %% explorer
_into, _out = (
    layer.weight.detach() for layer in (snapshots[20_000].hidden, snapshots[20_000].output)
)
with torch.no_grad():
    _active = snapshots[20_000].relu(snapshots[20_000].hidden(inputs.cpu())) > 0
assert (_into[[0, 2], 2:] > 0).all() and (_into[[3, 4, 6, 8], 2:] < 0).all()
assert (_out[0, [0, 2]] < -1).all() and (_out[2, [0, 2]] > 1).all()
assert (_out[0, [3, 4, 6, 8]] > 0.5).all() and (_out[2, [3, 4, 6, 8]] < -0.3).all()
assert _out[0, 2] == _out[0].min() and _into[2, 2] > _into[0, 2]
assert (~_active).all(dim=0).nonzero().flatten().tolist() == [1, 5]
assert (_active.sum(dim=0)[[7, 9]] > 0).all() and (_active.float().mean(dim=0)[[7, 9]] < 0.1).all()


def _without(unit):
    changed = copy.deepcopy(model)
    changed.output.weight.data[:, unit] = 0
    return changed


_everything = evaluate(model, [iris.train]).correct
_right = [evaluate(_without(_unit), [iris.train]).correct for _unit in range(10)]
assert abs(_everything - 117) <= 1 and min(_right) == _right[2] and abs(_right[2] - 48) <= 4
assert _right[1] == _right[5] == _everything
with torch.no_grad():
    _called = _without(2)(inputs).argmax(dim=1)
assert (_called == 0).sum() > 80 > 2 * (targets == 0).sum() - 1

# %% dead-gradient
assert (model.hidden.weight.grad[[1, 5]] == 0).all()
assert (model.output.weight.grad[:, [1, 5]] == 0).all()
assert (model.hidden.weight.grad.abs().sum(dim=1) > 0).sum() == 8
for _unit in (1, 5):
    assert torch.equal(snapshots[0].hidden.weight[_unit], snapshots[20_000].hidden.weight[_unit])

# %% dead-scaling


def _dead(flowers):
    found = 0
    for seed in range(200):
        torch.manual_seed(seed)
        found += (IrisMLP().hidden(flowers) <= 0).all(dim=0).sum().item()
    return found


assert 200 * 10 == 2_000 and abs(_dead(flowers) - 539) <= 4
assert abs(_dead(2 * flowers - 1) - 140) <= 4 and abs(_dead(standardised) - 13) <= 4

# %% width-one
assert sum(p.numel() for p in narrow.parameters()) == 11 and narrow.hidden.out_features == 1
assert evaluate(narrow, [iris.test]).correct >= 27 and _correct in (29, 30)

# %% activations
assert total == 83
for _unit in (7, 9):
    _old = snapshots[0].hidden.weight[_unit]
    assert (snapshots[20_000].hidden.weight[_unit] - _old).norm() < 0.15 * _old.norm()

# %% ablation
assert _everything <= 120

# %% regions
_mistakes = [120 - evaluate(snapshots[_epoch], [iris.train]).correct for _epoch in epochs]
assert _mistakes[0] > 40 > _mistakes[2] >= _mistakes[-1] and _mistakes[-1] <= 6

# %% widths
_losses = {}
for _width in (1, 3, 10, 32):
    torch.manual_seed(42)
    _network = IrisMLP(hidden=_width).to(device)
    _run = train(_network, [iris.train], epochs=4_000, learning_rate=0.05, progress=False)
    _losses[_width] = _run.losses[-1]
    assert _width in (1, 3, 10, 32) and evaluate(_network, [iris.test]).correct >= 27
assert _losses[1] > _losses[3] + 0.03 and abs(_losses[3] - _losses[10]) < 0.02
assert _losses[10] - _losses[32] < 0.02

# %% graph-model
with torch.no_grad():
    _flower = torch.zeros(1, 4)
    _sum = IrisMLP.forward(with_shortcut, _flower) + with_shortcut.shortcut(_flower)
    assert torch.equal(with_shortcut(_flower), _sum)

# %% tensorboard
assert [_event.step for _event in log.Scalars("train/loss")] == history.epochs
assert all(
    abs(_event.value - _value) < 1e-6
    for _event, _value in zip(log.Scalars("train/loss"), history.losses, strict=True)
)
assert log.Tags()["graph"] and log.Tags()["histograms"] == ["train/weight"]
