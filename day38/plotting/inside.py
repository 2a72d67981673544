"""Look inside a network with one hidden layer: what its units answer, over the plane of petals."""

from __future__ import annotations

from typing import NamedTuple

import numpy
import torch
from torch import Tensor, nn

from day38.data import TabularData
from day38.model import count_parameters, modes_kept

PETALS = [2, 3]  # the columns of petal length and petal width
SIDE = 160  # points of a map in each direction
MOST_UNITS = 32


class Plane(NamedTuple):
    """A grid over petal length and petal width, the other features held at their medians."""

    inputs: Tensor  # the model's scale, float32 (SIDE * SIDE, features); length runs fastest
    extent: tuple[float, float, float, float]  # of length, then of width, in cm
    held: dict[str, float]  # the features that do not vary, in cm
    flowers: numpy.ndarray  # length and width of the training flowers, in cm, shape (rows, 2)
    targets: numpy.ndarray  # their species


def petal_plane(iris: TabularData) -> Plane:
    """Return the plane in which the petals of the training flowers lie."""
    flowers = iris.scaler.inverse_transform(iris.train[0].cpu().numpy())
    low, high = flowers.min(axis=0), flowers.max(axis=0)
    margin = 0.06 * (high - low)
    low, high = numpy.maximum(low - margin, 0).round(1), (high + margin).round(1)
    lengths, widths = (numpy.linspace(low[column], high[column], SIDE) for column in PETALS)
    medians = numpy.median(flowers, axis=0)
    points = numpy.tile(medians, (SIDE * SIDE, 1))
    points[:, PETALS] = numpy.column_stack([numpy.tile(lengths, SIDE), numpy.repeat(widths, SIDE)])
    named = enumerate(iris.feature_names)
    return Plane(
        inputs=torch.tensor(iris.scaler.transform(points), dtype=torch.float32),
        extent=(lengths[0], lengths[-1], widths[0], widths[-1]),
        held={name: float(medians[column]) for column, name in named if column not in PETALS},
        flowers=flowers[:, PETALS],
        targets=iris.train[1].cpu().numpy(),
    )


def layers_of(model: nn.Module, iris: TabularData) -> list[nn.Linear]:
    """Return the hidden and the output layer of `model`; refuse what a picture would hide."""
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    sizes = [layer.in_features for layer in layers] + [layer.out_features for layer in layers[-1:]]
    outside = count_parameters(model) - sum(count_parameters(layer) for layer in layers)
    inputs, classes = len(iris.feature_names), len(iris.class_names)
    if len(layers) != 2 or sizes != [inputs, layers[0].out_features, classes] or outside:
        raise ValueError(
            f"{type(model).__name__} 的 nn.Linear 层是 {'→'.join(map(str, sizes)) or '零个'}，"
            f"此外还有 {outside} 个参数；能画的是 {inputs}→隐藏层→{classes} "
            "的两层网络，此外没有参数。请传入例如 IrisMLP()。"
        )
    if layers[0].out_features > MOST_UNITS:
        raise ValueError(
            f"隐藏层有 {layers[0].out_features} 个单元，一张图最多画清楚 {MOST_UNITS} 个。"
            "请改画 plot_weight_histograms。"
        )
    return layers


def logits_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """Run `model` in eval mode, without gradients; return float64 (rows, classes) on the CPU."""
    parameter = next(model.parameters())
    with modes_kept(model), torch.no_grad():
        model.eval()
        logits = model(inputs.to(parameter.device, parameter.dtype)).cpu().double()
    if not all(tensor.isfinite().all() for tensor in (logits, *model.parameters())):
        raise ValueError(
            "模型的权重或输出里有 NaN 或无穷大，画出来会误导人。"
            "多半是训练发散了，请把学习率调小，重新建立模型再训练。"
        )
    return logits


def answers_of(
    model: nn.Module, output: nn.Linear, inputs: Tensor
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return activations, (rows, hidden units), and probabilities, (rows, classes), for `inputs`.

    The activations are what `output`, the output layer of `model`, is given. A ``ValueError``
    says that `model` answers something else than the logits of `output`.
    """
    calls: list[tuple[Tensor, Tensor]] = []
    with output.register_forward_hook(lambda _, given, result: calls.append((given[0], result))):
        logits = logits_of(model, inputs)
    if len(calls) != 1 or not torch.equal(calls[0][1].cpu().double(), logits):
        raise ValueError(
            f"{type(model).__name__} 给出的不是输出层的原始分数，画出来会误导人。"
            "请去掉输出层之后的 softmax 等运算，并让每一层恰好用一次。"
        )
    return calls[0][0].cpu().double().numpy(), logits.softmax(dim=1).numpy()


def fired_labels(activations: numpy.ndarray) -> list[str]:
    """Say of each unit which share of the flowers fires it, or "dead" if it is zero for all."""
    shares, dead = (activations > 0).mean(axis=0), (activations == 0).all(axis=0)
    return ["dead" if one else f"{share:.0%}" for one, share in zip(dead, shares, strict=True)]


def limits_of(activations: numpy.ndarray) -> tuple[float, float]:
    """Return the ends of a colour scale; if there is nothing below zero, zero lies just below."""
    lowest, highest = float(activations.min()), float(activations.max())
    return min(0.0, lowest) or 1e-9, highest if highest > 0 else 1.0


class Network:
    """What pictures of `model` show: its parameters, maps over the petal plane, what fires.

    A ``ValueError`` says why there can be no true picture of it.
    """

    def __init__(self, model: nn.Module, iris: TabularData) -> None:
        layers = layers_of(model, iris)
        self.iris, self.plane = iris, petal_plane(iris)
        activations, probabilities = answers_of(model, layers[1], self.plane.inputs)
        self.unit_maps = activations.T.reshape(-1, SIDE, SIDE)
        self.class_maps = probabilities.T.reshape(-1, SIDE, SIDE)
        self.activation_limits = limits_of(activations)
        self.activations, _ = answers_of(model, layers[1], iris.train[0])  # of the flowers
        self.fired = fired_labels(self.activations)
        self.weights = [layer.weight.detach().cpu().double().numpy() for layer in layers]
        self.biases = [
            numpy.zeros(layer.out_features)
            if layer.bias is None
            else layer.bias.detach().cpu().double().numpy()
            for layer in layers
        ]
        # The largest weight, without its sign; 1 if all are zero.
        self.heaviest = max(float(abs(weights).max()) for weights in self.weights) or 1.0
