"""layers_of: the same answers as the network given, or a sentence that says what is in the way."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from day38 import IrisMLP, layers_of, load_iris
from day38.layers import activations_of, build, describe

ROWS = load_iris().train[0]


class Own(nn.Module):
    """Three linear layers and two other ones, used as `rule` says."""

    def __init__(self, rule: Callable[["Own", Tensor], Tensor]) -> None:
        super().__init__()
        self.rule, self.relu, self.gelu = rule, nn.ReLU(), nn.GELU()
        self.first, self.second, self.last = nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.rule(self, inputs)


def trained_norm() -> nn.Module:
    """Return a network whose BatchNorm layers have seen rows."""
    norms = nn.BatchNorm1d(4), nn.BatchNorm1d(8, affine=False), nn.BatchNorm1d(3)
    parts = nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)
    model = nn.Sequential(norms[0], parts[0], norms[1], *parts[1:], norms[2])
    nn.init.normal_(norms[0].weight)
    model(3 * ROWS - 1)
    return model


L, R, A = "Linear", "ReLU", "Affine"
KNOWN: dict[str, tuple[nn.Module, list[str]]] = {
    "IrisMLP": (IrisMLP(), [L, R, L]),
    "Sequential": (nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)), [L, R, L]),
    "another layer in its place": (IrisMLP(), [L, "Tanh", L]),
    "compiled": (torch.compile(IrisMLP(), backend="eager"), [L, R, L]),
    "function": (Own(lambda m, x: m.last(torch.relu(m.first(x)))), [L, R, L]),
    "in place": (Own(lambda m, x: m.last(functional.relu(m.first(x), inplace=True))), [L, R, L]),
    "module in place": (IrisMLP(), [L, R, L]),
    "reshaped": (Own(lambda m, x: m.last(m.first(x.view(len(x), -1)).tanh())), [L, "Tanh", L]),
    "one ReLU twice": (
        Own(lambda m, x: m.last(m.relu(m.second(m.relu(m.first(x)))))),
        [L, R, L, R, L],
    ),
    "norm and dropout": (trained_norm(), [A, L, A, R, L, A]),
    "three hidden": (
        nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 6), nn.LeakyReLU(0.2)).append(
            nn.Sequential(nn.Linear(6, 7), nn.Sigmoid(), nn.Identity(), nn.Linear(7, 3))
        ),
        [L, "Tanh", L, "LeakyReLU", L, "Sigmoid", L],
    ),
    "one layer": (nn.Linear(4, 3, bias=False), [L]),
    "float64": (IrisMLP().double(), [L, R, L]),
}
KNOWN["another layer in its place"][0].relu = nn.Tanh()
KNOWN["module in place"][0].relu.inplace = True


@pytest.mark.parametrize(("model", "kinds"), KNOWN.values(), ids=KNOWN)
def test_the_chain_computes_what_the_network_computes(model: nn.Module, kinds: list[str]) -> None:
    plain = getattr(model, "_orig_mod", model)
    state, hooks = torch.get_rng_state(), [len(m._forward_hooks) for m in plain.modules()]
    chain = layers_of(model, ROWS)
    assert [type(step).__name__ for step in chain] == kinds
    assert plain.training and torch.equal(torch.get_rng_state(), state)
    assert [len(m._forward_hooks) for m in plain.modules()] == hooks
    rows = ROWS.to(next(plain.parameters()).dtype)
    expected = copy.deepcopy(plain).eval()(rows).detach()
    torch.testing.assert_close(chain(rows), expected, atol=1e-6, rtol=1e-6)
    again = build(describe(chain), {f"layers.{n}": t for n, t in chain.state_dict().items()})
    assert torch.equal(again(rows), chain(rows))
    passed, logits = activations_of(chain, rows)
    assert len(passed) == kinds.count(L) - 1 and torch.equal(logits, chain(rows))


UNKNOWN = {
    "shortcut": (Own(lambda m, x: m.last(m.first(x) + m.second(m.first(x)))), "用了两次|跳跃连接"),
    "sum": (Own(lambda m, x: m.last(m.second(y := m.first(x)) + y)), "跳跃连接"),
    "a layer twice": (Own(lambda m, x: m.last(m.second(m.second(m.first(x))))), "用了两次"),
    "softmax module": (nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1)), "Softmax"),
    "softmax": (Own(lambda m, x: m.last(m.first(x)).softmax(1)), "logits"),
    "sigmoid at the end": (nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()), "logits"),
    "relu at the end": (Own(lambda m, x: m.last(m.first(x)).relu()), "logits"),
    "a factor": (Own(lambda m, x: 2 * m.last(m.first(x))), "logits"),
    "a factor inside": (Own(lambda m, x: m.last(2 * m.first(x))), "别的运算"),
    "relu on the inputs": (Own(lambda m, x: m.last(m.first(x.relu()))), "第一个 Linear"),
    "if": (Own(lambda m, x: m.last(m.first(x if x.max() < 1.2 else x + 1))), "别的运算"),
    "if on the number": (Own(lambda m, x: m.last(m.first(x)) * (len(x) > 1100)), "不一样"),
    "GELU": (Own(lambda m, x: m.last(m.gelu(m.first(x)))), "GELU"),
    "conv": (nn.Sequential(nn.Unflatten(1, (1, 4)), nn.Conv1d(1, 3, 4), nn.Flatten()), "Unflatten"),
    "LSTM": (nn.Sequential(nn.LSTM(4, 3)), "LSTM"),
    "statistics of the batch": (nn.BatchNorm1d(4, track_running_stats=False), "BatchNorm1d"),
    "no Linear": (nn.BatchNorm1d(4), "没有 nn.Linear"),
    "no parameters": (nn.ReLU(), "一个参数也没有"),
    "NaN": (IrisMLP(), "NaN"),
    "half": (IrisMLP().half(), "float16"),
    "a pair": (Own(lambda m, x: (m.last(m.first(x)), x)), "tuple，应是一个张量"),
}
nn.init.constant_(UNKNOWN["NaN"][0].output.bias, float("nan"))


@pytest.mark.parametrize(("model", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_no_chain_is_refused_with_what_is_in_the_way(model, told) -> None:
    with pytest.raises(ValueError, match=told):
        layers_of(model, ROWS)
