"""What a feed-forward network computes: found by following its tensors, proved by computing anew.

Whatever shows or keeps a network knows it only through `layers_of`, so that nothing else than the
network itself can be shown or kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

import torch
from torch import Tensor, nn

from day38.model import modes_kept, not_compiled

POINTS = 1_000  # beside the rows, on which the network found must answer as the one given does
TOLERANCE = 1e-5  # of an answer, relative to the largest one; the order of sums may differ
NOTHING = (nn.Dropout, nn.Identity, nn.Flatten)  # in eval mode, on rows
FUNCTIONS: dict[Callable[[Tensor], Tensor], type[nn.Module]] = {
    torch.relu: nn.ReLU,
    torch.tanh: nn.Tanh,
    torch.sigmoid: nn.Sigmoid,
}
DIVERGED = "权重里有 NaN 或无穷大，多半是训练发散了。请把学习率调小，重新建立模型再训练。"
KNOWN = "Linear、ReLU、LeakyReLU、Tanh、Sigmoid、BatchNorm1d、Dropout、Identity"


class Affine(nn.Module):
    """A factor and a shift for each column: what BatchNorm1d does in eval mode."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return inputs of shape (rows, size) as the same shape."""
        return inputs * self.weight + self.bias


# What a chain may consist of: a name, a class, and the attributes that make another of its size.
KINDS: dict[str, tuple[type[nn.Module], tuple[str, ...]]] = {
    "linear": (nn.Linear, ("in_features", "out_features")),
    "affine": (Affine, ("size",)),
    "relu": (nn.ReLU, ()),
    "leaky_relu": (nn.LeakyReLU, ("negative_slope",)),
    "tanh": (nn.Tanh, ()),
    "sigmoid": (nn.Sigmoid, ()),
}
# One use of a module: it, what it was given, and what it answered, before anything changed them.
Call = tuple[nn.Module, Tensor, Tensor]


def layers_of(model: nn.Module, rows: Tensor) -> nn.Sequential:
    """Return `model` as a chain of plain layers that computes the same.

    The model runs in eval mode with hooks on its leaves: each layer must be given what the one
    before answered, or the relu, tanh or sigmoid of it. The chain found is then computed anew and
    compared with the model, on the rows and on 1,000 points up to one span beyond them.

    Parameters
    ----------
    model : nn.Module
        Turns rows into logits, (rows, classes). It stays as it is.
    rows : Tensor
        Scaled inputs such as the training rows, of shape (rows, features).

    Returns
    -------
    nn.Sequential
        Of Linear, ReLU, LeakyReLU, Tanh, Sigmoid and `Affine`, on the CPU, in eval mode; its first
        Linear takes the features, its last one gives the logits. Dropout is left out and
        BatchNorm1d is an `Affine`, as they compute in eval mode.

    Raises
    ------
    ValueError
        If the model is no such chain; the message names what is in the way.
    """
    model = not_compiled(model)
    parameter = _checked_parameter(model)
    rows = rows.to(parameter.device, parameter.dtype)
    points = torch.cat([rows, _beyond(rows)])
    with modes_kept(model), torch.no_grad():
        model.eval()
        calls, answers = _follow(model, points)
        if not isinstance(answers, Tensor):
            raise ValueError(
                f"{type(model).__name__} 给出的是 {type(answers).__name__}，应是一个张量。"
            )
        chain = _chain(calls, points, answers, type(model).__name__).to(parameter.dtype)
        for part in (rows, points[len(rows) :]):
            _prove(chain, part.cpu(), model(part).cpu(), type(model).__name__)
    return chain


def check_sizes(chain: nn.Sequential, features: int, classes: int) -> None:
    """Refuse a chain that was not trained on a table of this many features and classes."""
    linear = [step for step in chain if isinstance(step, nn.Linear)]
    inputs, outputs = linear[0].in_features, linear[-1].out_features
    if (inputs, outputs) != (features, classes):
        raise ValueError(
            f"网络有 {inputs} 个输入、{outputs} 个输出，数据有 {features} 个特征、"
            f"{classes} 个类别。请用同一份数据训练的网络。"
        )


def activations_of(chain: nn.Sequential, rows: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return what each hidden layer of a chain passes on, (rows, units), and the logits."""
    given: list[Tensor] = []  # to each Linear; the first one is given the rows themselves
    with torch.no_grad():
        for step in chain:
            if isinstance(step, nn.Linear):
                given.append(rows)
            rows = step(rows)
    return given[1:], rows


def describe(chain: nn.Sequential) -> list[list]:
    """Return what a chain consists of: the kind of each layer with its sizes or its slope."""
    known = {kind: (name, attributes) for name, (kind, attributes) in KINDS.items()}
    described = []
    for step in chain:
        name, attributes = known[type(step)]
        described.append([name, *(getattr(step, attribute) for attribute in attributes)])
    return described


def build(description: list[list], tensors: Mapping[str, Tensor]) -> nn.Sequential:
    """Return the chain that `describe` described, with the tensors of its ``layers.…``.

    Whatever does not fit raises an error of PyTorch's or Python's.
    """
    with torch.device("meta"):  # sizes cost no memory until they are known to fit
        chain = nn.Sequential(*(KINDS[name][0](*sizes) for name, *sizes in description))
    own = {name[7:]: tensor for name, tensor in tensors.items() if name.startswith("layers.")}
    chain.load_state_dict(own, assign=True)
    return chain.eval().requires_grad_(False)


def _checked_parameter(model: nn.Module) -> nn.Parameter:
    """Return a parameter, which knows device and dtype; refuse what cannot be compared."""
    parameters = list(model.parameters())
    if not parameters:
        raise ValueError(f"{type(model).__name__} 一个参数也没有，没有可以看、可以存的网络。")
    if not all(tensor.isfinite().all() for tensor in model.state_dict().values()):
        raise ValueError(DIVERGED)
    dtype = parameters[0].dtype
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"模型的参数是 {dtype}，精度不够核对。请先用 model.float()。")
    return parameters[0]


def _beyond(rows: Tensor) -> Tensor:
    """Return points between one span below the rows and one above, the same ones every time."""
    low, high = rows.min(dim=0).values, rows.max(dim=0).values
    generator = torch.Generator().manual_seed(0)
    shares = 3 * torch.rand(POINTS, rows.shape[1], generator=generator) - 1
    return low + (high - low) * shares.to(rows)


def _follow(model: nn.Module, rows: Tensor) -> tuple[list[Call], Tensor]:
    """Run the model; return the calls of its leaves, in order, and its answers."""
    calls: list[Call] = []
    given: list[Tensor] = []  # kept before the call: an in-place ReLU changes what it is given

    def before(module: nn.Module, arguments: tuple) -> None:
        if len(arguments) != 1 or not isinstance(arguments[0], Tensor):
            raise ValueError(_unknown(module))
        given.append(arguments[0].clone())

    def after(module: nn.Module, _: tuple, result: Tensor) -> None:
        if not isinstance(result, Tensor):
            raise ValueError(_unknown(module))
        calls.append((module, given.pop(), result.clone()))

    with ExitStack() as hooks:
        for module in model.modules():
            if not list(module.children()):
                hooks.enter_context(module.register_forward_pre_hook(before))
                hooks.enter_context(module.register_forward_hook(after))
        return calls, model(rows)


def _chain(calls: list[Call], rows: Tensor, answers: Tensor, name: str) -> nn.Sequential:
    steps: list[nn.Module] = []
    value, used = rows, set()
    for module, given, result in calls:
        if not _same(value, given):
            steps.append(_function_between(value, given, module))
        step = _plain(module)
        if step is not None:
            if module in used and next(module.parameters(), None) is not None:
                raise ValueError(f"{module} 用了两次，画不成、也存不成一层接一层的网络。")
            used.add(module)
            steps.append(step)
        value = result
    kinds = [type(step) for step in steps]
    if nn.Linear not in kinds:
        raise ValueError(f"{name} 里没有 nn.Linear 层。这里能用的层是 {KNOWN}。")
    first, last = kinds.index(nn.Linear), len(kinds) - kinds[::-1].index(nn.Linear)
    if set(kinds[:first]) - {Affine}:
        raise ValueError(f"{name} 在第一个 Linear 层之前就用了激活函数。请让输入直接进 Linear 层。")
    if not _same(value, answers) or set(kinds[last:]) - {Affine}:
        raise ValueError(
            f"{name} 给出的不是最后一个 Linear 层的原始分数（logits）：后面还有别的运算。"
            "请去掉最后的 softmax、sigmoid 等；要概率时再对 logits 用 softmax。"
        )
    return nn.Sequential(*steps).cpu().eval().requires_grad_(False)


def _same(one: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors hold the same numbers; a reshaped one counts as the same."""
    return one.numel() == other.numel() and torch.equal(one.flatten(), other.flatten())


def _function_between(value: Tensor, given: Tensor, module: nn.Module) -> nn.Module:
    for function, kind in FUNCTIONS.items():
        if value.shape == given.shape and torch.allclose(function(value), given, atol=1e-7):
            return kind()
    raise ValueError(
        f"{module} 的输入不是前一层的输出，也不是它的 relu、tanh 或 sigmoid："
        "中间可能有跳跃连接、拼接或别的运算。这里只认一层接一层的网络。"
    )


def _plain(module: nn.Module) -> nn.Module | None:
    """Return a copy of a known layer as the chain has it; None if it does nothing in eval mode."""
    if isinstance(module, NOTHING):
        return None
    for kind in FUNCTIONS.values():
        if isinstance(module, kind):
            return kind()
    if isinstance(module, nn.LeakyReLU):
        return nn.LeakyReLU(module.negative_slope)
    if isinstance(module, nn.Linear):
        step = nn.Linear(module.in_features, module.out_features, device="meta")  # draws nothing
        bias = module.weight.new_zeros(step.out_features) if module.bias is None else module.bias
        return _filled(step, module.weight, bias)
    if isinstance(module, nn.BatchNorm1d):
        mean, variance = module.running_mean, module.running_var
        if mean is not None and variance is not None:
            factor = (variance + module.eps).rsqrt()
            factor = factor * module.weight if module.affine else factor
            shift = module.bias - mean * factor if module.affine else -mean * factor
            return _filled(Affine(module.num_features), factor, shift)
    raise ValueError(_unknown(module))


def _filled(step: Affine | nn.Linear, weight: Tensor, bias: Tensor) -> nn.Module:
    step.weight, step.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())
    return step


def _unknown(module: nn.Module) -> str:
    return f"网络里有 {module}，这里不认识。能用的层是 {KNOWN}，一层接一层。"


def _prove(chain: nn.Sequential, rows: Tensor, expected: Tensor, name: str) -> None:
    answers = chain(rows)
    if answers.shape == expected.shape:
        difference = (answers - expected).abs().max()
        if difference <= TOLERANCE * expected.abs().max().clamp(min=1):
            return
    raise ValueError(
        f"{name} 算出来的和它的各层重新算一遍的不一样：forward 里还有别的运算，"
        "例如按输入的大小改变算法。这里只认一层接一层的网络。"
    )
