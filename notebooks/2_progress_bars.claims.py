"""What notebook 2 says in figures, asserted right after the cell that computes it."""

# %% setup
assert inputs.shape == (120, 4)
assert sum(parameter.numel() for parameter in start()[0].parameters()) == 83
assert torch.get_num_threads() == 1

# %% setup-epoch
_first = train_one_epoch(*start()).item()
assert abs(_first - 1.07) < 0.01
assert train_one_epoch(*start()).item() == _first

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

# %% automatic-enumerate-run
assert tqdm(species, disable=True).total == 3
assert tqdm(enumerate(species), disable=True).total is None

# %% loop-bare-run
assert 0.22 < losses["普通循环"] < 0.27

# %% loop-postfix-short
_calls = []
seconds(_calls.append)
assert _calls == [1_000]

# %% loop-throttled-run
_shown = [epoch for epoch in range(1, EPOCHS + 1) if epoch % 200 == 0]
assert len(_shown) == EPOCHS / 200 == 15

# %% loop-cost-run
# fact 1%: 1.01 times the plain loop, medians of interleaved runs on 2 cores; no clock is asserted
assert list(ratios) == list(ways) and ratios["普通循环"] == 1.0

# %% loop-day38-run
assert len(losses) == 4
assert max(losses.values()) - min(losses.values()) < 1e-4
assert len(history.epochs) == 100 and history.epochs[-1] == EPOCHS

# %% stop-run
assert stopped.interrupted or stopped.epochs[-1] == 20_000
assert abs(train_one_epoch(*start()).item() - 1.07) < 0.01

# %% stop-go-on-run
assert abs(more.losses[0] - stopped.losses[-1]) < 0.05 and more.losses[-1] < stopped.losses[-1]

# %% live-run
assert curve.share == 0.05 and curve.drawn == 100

# %% traps-smoothing-run
assert tqdm(total=1, disable=True).disable
_bar = tqdm(total=1, file=io.StringIO())
assert _bar.smoothing == 0.3 and _bar.mininterval == 0.1
_bar.close()

# %% traps-kinds
# fact 0%: where the widget of tqdm.auto stands on a saved page; seen, not computed

# %% where-profile-run
assert longest == "backward"
assert list(parts) == STEPS and min(parts.values()) > 0

# %% where-tenth-run
assert len(inputs) == 120 == 10 * 12 and list(ratios) == [120, 12]

# %% where-profile
assert 2_000 in profile.__code__.co_consts

# %% gpu-cpu
assert history.interrupted or history.epochs[-1] == 20_000

# %% gpu
# fact 13.47: published by the course, on an NVIDIA GPU that is not named

# %% ladder-run
_losses = {name: way(300) for name, way in RUNGS.items()}
assert max(_losses.values()) - min(_losses.values()) < 1e-3

# %% ladder-picture-run
_theirs = [row["as they come"] for row in peers["peers"]]
assert (round(min(_theirs)), round(max(_theirs))) == (6, 18)
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
