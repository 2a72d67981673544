"""What pictures show of a network: its weights, and what its units answer."""

from typing import Any, NamedTuple

import numpy
from torch import Tensor, nn

from day38.data import TabularData
from day38.layers import Affine, activations_of, check_sizes, layers_of
from day38.plotting.picture import ACTIVATION, CLASS_COLORS, SIGNED_ACTIVATION

MOST_UNITS, MOST_FEATURES, MOST_CLASSES = 32, 40, len(CLASS_COLORS)
FIRING = ("ReLU", "LeakyReLU")  # their units fire for some rows and are silent for others
DEAD = "dead"


class Hidden(NamedTuple):
    """A hidden layer."""

    function: str  # what comes after it: ReLU, Tanh, …; Linear if nothing does
    activations: numpy.ndarray  # of the training rows, float64 of shape (rows, units)
    units: dict[str, str]  # their names; which share of the rows fires each, "dead", or its mean


class Anatomy:
    """The layers of `model`, as `layers_of` proves them, and its activations on the training rows.

    A ``ValueError`` says why there can be no true, readable picture of it.
    """

    def __init__(self, model: nn.Module, data: TabularData) -> None:
        found = layers_of(model, data.train[0])
        check_sizes(found, len(data.feature_names), len(data.class_names))
        self.batch_norm = any(isinstance(step, Affine) for step in found)
        self.chain = _folded(found)
        linear = [step for step in self.chain if isinstance(step, nn.Linear)]
        most = max((step.out_features for step in linear[:-1]), default=0)
        refuse_above(MOST_UNITS, most, "一个隐藏层的单元有", "plot_weight_histograms")
        # Of each layer, the outputs last: float64 of shape (units, inputs) and (units,).
        self.weights = [step.weight.numpy() for step in linear]
        self.biases = [step.bias.numpy() for step in linear]
        # The largest weight, without its sign; 1 if all are zero.
        self.heaviest = max(float(abs(weights).max()) for weights in self.weights) or 1.0
        self.hidden, steps = [], list(self.chain)
        for number, values in enumerate(self.answers(data.train[0])[0], 1):
            function = type(steps[steps.index(linear[number]) - 1]).__name__
            prefix = f"h{number}." if len(linear) > 2 else "h"
            labels = enumerate(_labels(function, values), 1)
            units = {f"{prefix}{unit}": label for unit, label in labels}
            self.hidden.append(Hidden(function, values, units))

    def answers(self, inputs: Tensor) -> tuple[list[numpy.ndarray], numpy.ndarray]:
        """Return each hidden layer's activations, (rows, units), and the probabilities."""
        hidden, logits = activations_of(self.chain, inputs.cpu().double())
        return [values.numpy() for values in hidden], logits.softmax(dim=1).numpy()


def shades_of(activations: list[numpy.ndarray]) -> dict[str, Any]:
    """Return for ``imshow`` how all of these are coloured: white is zero, dark is far from it.

    Negative ones get a hue, and both sides one scale.
    """
    low = min((values.min() for values in activations), default=0.0)
    high = max((values.max() for values in activations), default=0.0)
    if low < 0:
        most = float(max(-low, high))
        return {"cmap": SIGNED_ACTIVATION, "vmin": -most, "vmax": most}
    # Only a zero is white.
    return {"cmap": ACTIVATION, "vmin": 1e-9, "vmax": float(high) if high > 0 else 1.0}


def refuse_above(most: int, count: int, what: str, instead: str) -> None:
    """Refuse more of something than one can see in a picture."""
    if count > most:
        raise ValueError(f"{what} {count} 个，一张图最多画清楚 {most} 个。请改用 {instead}。")


def refuse_large(data: TabularData) -> None:
    """Refuse a table with more features than there is room for."""
    what = f"{data.title}的特征有"
    refuse_above(MOST_FEATURES, len(data.feature_names), what, "plot_weight_histograms")


def _labels(function: str, values: numpy.ndarray) -> list[str]:
    if function not in FIRING:
        return [f"{mean:z.2f}" for mean in values.mean(axis=0)]
    shares, dead = (values > 0).mean(axis=0), (values == 0).all(axis=0)
    return [DEAD if one else f"{share:.0%}" for one, share in zip(dead, shares, strict=True)]


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
