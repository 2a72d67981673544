"""What pictures show of a network: its weights, and what its units answer."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import numpy
from matplotlib.colors import Colormap
from torch import Tensor, nn

from day38.data import TabularData
from day38.layers import Affine, activations_of, layers_of
from day38.plotting.picture import ACTIVATION, CLASS_COLORS, SIGNED_ACTIVATION

MOST_UNITS, MOST_FEATURES, MOST_CLASSES = 32, 40, len(CLASS_COLORS)
DEAD = "dead"


class Anatomy:
    """The layers of `model`, as `layers_of` proves them, and its activations on the training rows.

    A ``ValueError`` says why there can be no true, readable picture of it.

    Attributes
    ----------
    weights, biases : list of float64 arrays
        Of every Linear layer, (units, inputs) and (units,), BatchNorm beside it worked in.
    batch_norm : bool
        Whether there was any.
    functions : list of str
        What follows each hidden Linear layer: ``ReLU``, ``Tanh``, …; ``Linear`` if nothing does.
    activations : list of float64 arrays
        What each hidden layer answers to the training rows, (rows, units).
    units : list of list of str
        The names of the units: h1, h2, …; with several layers h1.1, h1.2, …, h2.1, ….
    labels : list of list of str
        Of each unit: the share of training rows that fire it, or "dead" if none does; its mean
        where firing has no meaning, such as for Tanh.
    """

    def __init__(self, model: nn.Module, data: TabularData) -> None:
        found = layers_of(model, data.train[0])
        self.batch_norm = any(isinstance(step, Affine) for step in found)
        self.chain = _folded(found)
        linear = [step for step in self.chain if isinstance(step, nn.Linear)]
        _check_sizes([step.out_features for step in linear], data)
        self.weights = [step.weight.numpy() for step in linear]
        self.biases = [step.bias.numpy() for step in linear]
        steps = list(self.chain)
        self.functions = [type(steps[steps.index(step) - 1]).__name__ for step in linear[1:]]
        self.activations = self.answers(data.train[0])[0]
        many = len(linear) > 2
        self.units = [
            [f"h{layer}.{unit}" if many else f"h{unit}" for unit in range(1, values.shape[1] + 1)]
            for layer, values in enumerate(self.activations, 1)
        ]
        pairs = zip(self.functions, self.activations, strict=True)
        self.labels = [unit_labels(function, values) for function, values in pairs]
        # The largest weight, without its sign; 1 if all are zero.
        self.heaviest = max(float(abs(weights).max()) for weights in self.weights) or 1.0

    def answers(self, inputs: Tensor) -> tuple[list[numpy.ndarray], numpy.ndarray]:
        """Return each hidden layer's activations, (rows, units), and the probabilities."""
        hidden, logits = activations_of(self.chain, inputs.cpu().double())
        return [values.numpy() for values in hidden], logits.softmax(dim=1).numpy()

    def dead(self) -> list[str]:
        """Return the names of the units that no training row fires."""
        pairs = zip(chain(*self.units), chain(*self.labels), strict=True)
        return [unit for unit, label in pairs if label == DEAD]


def fires(function: str) -> bool:
    """Tell whether a unit with this function fires for some rows and is silent for others."""
    return function in ("ReLU", "LeakyReLU")


def unit_labels(function: str, activations: numpy.ndarray) -> list[str]:
    """Return one word for each unit on what it does for the rows, given as (rows, units)."""
    if not fires(function):
        return [f"{mean:z.2f}" for mean in activations.mean(axis=0)]
    shares, dead = (activations > 0).mean(axis=0), (activations == 0).all(axis=0)
    return [DEAD if one else f"{share:.0%}" for one, share in zip(dead, shares, strict=True)]


class Shades(NamedTuple):
    """How activations are coloured: white is zero, dark is far from it."""

    colors: Colormap
    low: float
    high: float


def shades_of(activations: list[numpy.ndarray]) -> Shades:
    """Return shades for all of these; negative ones get a hue, and both sides one scale."""
    low = min((values.min() for values in activations), default=0.0)
    high = max((values.max() for values in activations), default=0.0)
    if low < 0:
        most = float(max(-low, high))
        return Shades(SIGNED_ACTIVATION, -most, most)
    return Shades(ACTIVATION, 1e-9, float(high) if high > 0 else 1.0)  # only a zero is white


def check_classes(data: TabularData, instead: str) -> None:
    """Refuse more classes than there are colours."""
    if len(data.class_names) > MOST_CLASSES:
        raise ValueError(
            f"{data.title}有 {len(data.class_names)} 个类别，一张图最多分得清 {MOST_CLASSES} 种"
            f"颜色。请{instead}。"
        )


def check_features(data: TabularData) -> None:
    """Refuse more features than fit."""
    if len(data.feature_names) > MOST_FEATURES:
        raise ValueError(
            f"{data.title}有 {len(data.feature_names)} 个特征，一张图最多画清楚 "
            f"{MOST_FEATURES} 个。请改画 plot_weight_histograms。"
        )


def _check_sizes(sizes: list[int], data: TabularData) -> None:
    if sizes[-1] != len(data.class_names):
        raise ValueError(
            f"模型给出 {sizes[-1]} 个分数，{data.title}有 {len(data.class_names)} 个类别。"
            "请让最后一个 Linear 层的 out_features 等于类别数。"
        )
    if max(sizes[:-1], default=0) > MOST_UNITS:
        raise ValueError(
            f"隐藏层有 {max(sizes[:-1])} 个单元，一张图最多画清楚 {MOST_UNITS} 个。"
            "请改画 plot_weight_histograms。"
        )


def _folded(found: nn.Sequential) -> nn.Sequential:
    """Return the chain, in float64, with each Affine step beside a Linear one worked into it."""
    steps: list[nn.Module] = []
    for step in found.double():
        if isinstance(step, Affine) and steps and isinstance(steps[-1], nn.Linear):
            steps[-1].weight *= step.weight[:, None]
            steps[-1].bias *= step.weight
            steps[-1].bias += step.bias
            continue
        while isinstance(step, nn.Linear) and steps and isinstance(steps[-1], Affine):
            before = steps.pop()
            step.bias += step.weight @ before.bias
            step.weight *= before.weight
        steps.append(step)
    return nn.Sequential(*steps)
