"""What pictures show of a network: its weights, and what its units answer."""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

import numpy
from matplotlib.colors import Colormap
from torch import Tensor, nn

from day38.data import TabularData
from day38.layers import Affine, activations_of, check_sizes, layers_of
from day38.plotting.picture import ACTIVATION, CLASS_COLORS, SIGNED_ACTIVATION

MOST_UNITS, MOST_FEATURES, MOST_CLASSES = 32, 40, len(CLASS_COLORS)
DEAD = "dead"


class Anatomy:
    """The layers of `model`, as `layers_of` proves them, and its activations on the training rows.

    A ``ValueError`` says why there can be no true, readable picture of it. The lists have an entry
    for each layer; `weights` and `biases` end with the output layer, the others with the last
    hidden one. Arrays are float64.
    """

    def __init__(self, model: nn.Module, data: TabularData) -> None:
        found = layers_of(model, data.train[0])
        check_sizes(found, len(data.feature_names), len(data.class_names))
        self.batch_norm = any(isinstance(step, Affine) for step in found)
        self.chain = _folded(found)
        linear = [step for step in self.chain if isinstance(step, nn.Linear)]
        most = max((step.out_features for step in linear[:-1]), default=0)
        refuse_above(MOST_UNITS, most, "一个隐藏层的单元有", "plot_weight_histograms")
        # Of shape (units, inputs) and (units,), BatchNorm beside them worked in.
        self.weights = [step.weight.numpy() for step in linear]
        self.biases = [step.bias.numpy() for step in linear]
        # The largest weight, without its sign; 1 if all are zero.
        self.heaviest = max(float(abs(weights).max()) for weights in self.weights) or 1.0
        # What comes after each hidden Linear layer: ReLU, Tanh, …; Linear if nothing does.
        steps = list(self.chain)
        self.functions = [type(steps[steps.index(step) - 1]).__name__ for step in linear[1:]]
        self.activations = self.answers(data.train[0])[0]  # of shape (rows, units)
        self.units, self.labels = [], []
        for layer, values in enumerate(self.activations):
            name = f"h{layer + 1}." if len(linear) > 2 else "h"
            self.units.append([f"{name}{unit}" for unit in range(1, values.shape[1] + 1)])
            self.labels.append(unit_labels(self.functions[layer], values))

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
    """Say of each unit which share of the rows fires it, "dead" if none does, or its mean."""
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


def refuse_above(most: int, count: int, what: str, instead: str) -> None:
    """Refuse more of something than one can see in a picture."""
    if count > most:
        raise ValueError(f"{what} {count} 个，一张图最多画清楚 {most} 个。请改用 {instead}。")


def refuse_large(data: TabularData) -> None:
    """Refuse a table with more features than there is room for."""
    what = f"{data.title}的特征有"
    refuse_above(MOST_FEATURES, len(data.feature_names), what, "plot_weight_histograms")


def _folded(found: nn.Sequential) -> nn.Sequential:
    """Return the chain, in float64, with each Affine step beside a Linear one worked into it."""
    steps: list[Any] = []
    for step in found.double():
        if isinstance(step, Affine) and steps and isinstance(steps[-1], nn.Linear):
            steps[-1].weight.mul_(step.weight[:, None])
            steps[-1].bias.mul_(step.weight).add_(step.bias)
            continue
        while isinstance(step, nn.Linear) and steps and isinstance(steps[-1], Affine):
            before = steps.pop()
            step.bias.add_(step.weight @ before.bias)
            step.weight.mul_(before.weight)
        steps.append(step)
    return nn.Sequential(*steps)
