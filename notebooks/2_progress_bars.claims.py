"""What notebook 2 says in figures, asserted right after the cell that computes it."""

# %% setup
assert inputs.shape == (120, 4)
assert sum(parameter.numel() for parameter in start()[0].parameters()) == 83
_weights = [layer.weight.numel() for layer in (start()[0].hidden, start()[0].output)]
assert _weights == [4 * 10, 10 * 3] and sum(_weights) == 70 and 10 + 3 == 13
assert torch.get_num_threads() == 1
# fact 200: seeds with which lesson 1 trained networks of one hidden unit and of ten
assert abs(train_one_epoch(*start()).item() - 1.07) < 0.01
assert train_one_epoch(*start()).item() == train_one_epoch(*start()).item()

# %% manual-ten
assert (bar.n, bar.total, bar.disable) == (10, 10, True)

# %% manual-sizes-run
assert bar.n == bar.total == sum(file_sizes.values())
_two, _all = file_sizes["花萼.csv"] + file_sizes["花瓣.csv"], sum(file_sizes.values())
assert _two / _all == 0.25
assert round(2 / len(file_sizes), 2) == 0.67

# %% manual-forgotten-run
assert forgotten.n == 3 and not forgotten.disable

# %% manual-close-run
assert forgotten.disable

# %% manual-with-run
assert number == 4 and bar.n == 3 and bar.disable

# %% automatic-sum
assert running_sum == sum(range(1, 11)) == 55
assert number == bar.total == 10 and bar.disable

# %% loop-postfix-run
_calls = []
seconds(_calls.append)
assert _calls == [1_000]

# %% loop-cost-run
assert advance < 0.1 / 10 < redraw < 1_000 / 10

# %% stop-run
assert stopped.interrupted or stopped.epochs[-1] == 20_000
assert abs(train_one_epoch(*start()).item() - 1.07) < 0.01

# %% stop-go-on-run
assert abs(more.losses[0] - stopped.losses[-1]) < 0.05 and more.losses[-1] < stopped.losses[-1]
assert len(more.epochs) == 100

# %% live-run
assert curve.SHARE == 0.05 and curve.drawn == 100

# %% traps-smoothing-run
assert tqdm(total=1, disable=True).disable
_bar = tqdm(total=1, file=io.StringIO())
assert _bar.smoothing == 0.3 and _bar.mininterval == 0.1
_bar.close()

# %% traps-kinds
# fact 0%: where the widget of tqdm.auto stands on a saved page; seen, not computed

# %% where-profile-run
assert max(parts, key=parts.get) == "backward"
assert list(parts) == ["forward", "loss", "zero_grad", "backward", "step"]
assert profile_epoch.__kwdefaults__["epochs"] == 2_000

# %% where-tenth-run
assert len(inputs) == 120 == 10 * 12 and list(ratios) == [120, 12]

# %% gpu-run
_measured = {(row["width"], row["rows"]): row for row in gpu["grid"]}
assert [row["rows"] for row in narrow] == [120, 1_200, 12_000, 120_000, 1_200_000]
assert wins == [12_000, 120_000, 1_200_000]
_flat = [_measured[10, rows]["cuda"][0] for rows in (120, 1_200, 12_000, 120_000)]
assert round(min(_flat), 1) == 0.8 and round(max(_flat)) == 1
assert gpu["threads"] == 16 and gpu["gpu"] == "NVIDIA H200"
_lesson, _wide = _measured[10, 120], _measured[10_000, 1_200]
assert round(_lesson["cuda"][0] / _lesson["cpu_1"][0]) == 4
assert _wide["width"] == 10_000 and 190 < _wide["cpu_1"][0] / _wide["cuda"][0] < 200
assert 40 < _wide["cpu_all"][0] / _wide["cuda"][0] < 45
assert _measured[10, 12_000]["cuda"][0] < _measured[10, 12_000]["cpu_1"][0] / 2
assert _measured[10, 1_200]["cuda"][0] > 1.5 * _measured[10, 1_200]["cpu_1"][0]
assert round(_lesson["cuda_graph"][0], 2) == 0.06

# %% page-run
assert page["epochs"] == 20_000 and 0.1 < ratio < 0.3

# %% ladder-run
_losses = {name: way(300) for name, way in RUNGS.items()}
assert max(_losses.values()) - min(_losses.values()) < 1e-3

# %% ladder-picture-run
assert ours == 1.04
_theirs = [stored[row["trainer"]] for row in peers["peers"]]
assert (round(min(_theirs)), round(max(_theirs))) == (6, 16)
assert round(stored["fastai"]) == 10 and round(stored["fastai, slice loader"]) == 6
assert stored["Lightning"] == stored["Lightning, slice loader"]
assert max(stored.values()) / min(stored.values()) > 1_000

# %% ensemble-run
assert len(many) == 200

# %% processes
# fact 10: seconds on 2 cores, most of them for starting Python and importing torch twice

# %% processes-one-run
assert alone.epochs[-1] == 1_000 and 120 / 2 == 60
assert (
    abs(alone.losses[-1] - 0.5079) < 0.005
)  # of two processes: tests/chapters/test_distributed.py

# %% threads-run
assert rows // 120 * 120 == 36_000 and torch.get_num_threads() == 1
