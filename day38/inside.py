"""Look inside a network with one hidden layer: its two layers and what its units answer.

The pictures of notebook 1 are drawn from what these functions return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import torch
from torch import Tensor, nn

from day38.batches import device_of, module_mode
from day38.data import IrisData

PETAL_LENGTH, PETAL_WIDTH = 2, 3  # columns of Iris
MOST_UNITS = 32


@dataclass(frozen=True)
class Plane:
    """A grid over petal length and petal width, the other features held at their medians.

    Attributes
    ----------
    inputs : Tensor
        The grid's points in the model's scale, float32 of shape (rows * rows, features); the
        first point has the smallest length and width, and length runs fastest.
    extent : tuple of float
        (smallest length, largest length, smallest width, largest width), in cm.
    held : dict of str to float
        The features that do not vary, with their values in cm.
    """

    inputs: Tensor
    extent: tuple[float, float, float, float]
    held: dict[str, float]


def layers_of(model: nn.Module, iris: IrisData) -> tuple[nn.Linear, nn.Linear]:
    """Return the hidden and the output layer of `model`.

    Raises
    ------
    TypeError
        If `model` is not a PyTorch module or `iris` not the lesson's data.
    ValueError
        If `model` is not a network of two ``nn.Linear`` layers that fits `iris`, has more than 32
        hidden units, or holds NaN or infinite weights.
    """
    device_of(model)  # says what is wrong with something that is no usable model
    if not isinstance(iris, IrisData):
        raise TypeError(
            f"iris 应是 load_iris() 返回的数据，收到的是 {type(iris).__name__}。请先 load_iris()。"
        )
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    wanted = "请传入一个隐藏层的网络：nn.Linear → 激活函数 → nn.Linear，例如 IrisMLP()。"
    if len(linear) != 2:
        raise ValueError(f"{type(model).__name__} 里有 {len(linear)} 个 nn.Linear 层。{wanted}")
    hidden, output = linear
    extra = count_outside(model, linear)
    if extra:
        raise ValueError(
            f"{type(model).__name__} 在两个 nn.Linear 层之外还有 {extra} 个参数，画不全。{wanted}"
        )
    sizes = (hidden.in_features, hidden.out_features, output.in_features, output.out_features)
    features, classes = len(iris.feature_names), len(iris.class_names)
    if sizes != (features, sizes[1], sizes[1], classes):
        raise ValueError(
            f"模型的两层是 {sizes[0]}→{sizes[1]} 和 {sizes[2]}→{sizes[3]}，"
            f"和数据对不上：请传入有 {features} 个输入、{classes} 个输出、中间相接的网络。"
        )
    if hidden.out_features > MOST_UNITS:
        raise ValueError(
            f"隐藏层有 {hidden.out_features} 个单元，画在一张图上看不清；"
            f"最多画 {MOST_UNITS} 个。请改画 plot_weight_histograms。"
        )
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()):
        raise ValueError("模型的权重里有 NaN 或无穷大，画不出来。多半是训练发散了，请重新训练。")
    return hidden, output


def count_outside(model: nn.Module, layers: list[nn.Linear]) -> int:
    """Return how many parameters of `model` belong to none of `layers`."""
    inside = {id(parameter) for layer in layers for parameter in layer.parameters()}
    return sum(p.numel() for p in model.parameters() if id(p) not in inside)


def weights_of(layer: nn.Linear) -> numpy.ndarray:
    """Return a copy of the layer's weights, shape (outputs, inputs)."""
    return layer.weight.detach().cpu().double().numpy().copy()


def biases_of(layer: nn.Linear) -> numpy.ndarray:
    """Return a copy of the layer's biases, shape (outputs,); zeros if it has none."""
    if layer.bias is None:
        return numpy.zeros(layer.out_features)
    return layer.bias.detach().cpu().double().numpy().copy()


def answers_of(
    model: nn.Module, output: nn.Linear, inputs: Tensor
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Run `model` in eval mode; return what its hidden units and its outputs say.

    Parameters
    ----------
    model : nn.Module
        As accepted by `layers_of`; its mode, gradients and hooks are left as they are.
    output : nn.Linear
        Its output layer: what that layer is given are the hidden activations.
    inputs : Tensor
        Scaled, of shape (rows, features).

    Returns
    -------
    activations : ndarray
        Shape (rows, hidden units).
    probabilities : ndarray
        Shape (rows, classes); each row sums to 1.

    Raises
    ------
    ValueError
        If `model` cannot take the inputs, or answers something else than its output layer.
    """
    received, given = [], []

    def remember(_: nn.Module, arguments: tuple[Tensor, ...], result: Tensor) -> None:
        received.append(arguments[0])
        given.append(result)

    hook = output.register_forward_hook(remember)
    try:
        with module_mode(model, training=False), torch.no_grad():
            logits = model(inputs.to(output.weight.device, output.weight.dtype))
    except (IndexError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"{type(model).__name__} 不能处理形状 {tuple(inputs.shape)} 的输入，画不出来。"
            f"请传入直接接受四个特征的模型。\nPyTorch 的原话：{error}"
        ) from error
    finally:
        hook.remove()
    if len(given) != 1 or not torch.equal(given[0], logits):
        raise ValueError(
            f"{type(model).__name__} 给出的不是输出层的未归一化分数，画出来会误导人。"
            "请去掉输出层之后的 softmax 等运算，并让每一层恰好用一次。"
        )
    probabilities = logits.softmax(dim=1)
    return received[0].cpu().double().numpy(), probabilities.cpu().double().numpy()


def centimetres(iris: IrisData) -> numpy.ndarray:
    """Return the training inputs in cm, shape (rows, features)."""
    return iris.scaler.inverse_transform(iris.train[0].cpu().numpy())


def classify(model: nn.Module, inputs: Tensor) -> numpy.ndarray:
    """Return the class that `model` names for each scaled row, shape (rows,).

    Raises
    ------
    ValueError
        If `model` cannot take such rows.
    """
    device = device_of(model)
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), inputs.dtype)
    try:
        with module_mode(model, training=False), torch.no_grad():
            return model(inputs.to(device, dtype)).argmax(dim=1).cpu().numpy()
    except (IndexError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"{type(model).__name__} 不能处理形状 {tuple(inputs.shape)} 的输入。"
            f"请传入能接受 {inputs.shape[1]} 个特征的模型。\nPyTorch 的原话：{error}"
        ) from error


def at_petals(iris: IrisData, petals: numpy.ndarray) -> Tensor:
    """Return scaled inputs for petals in cm, the other features held at their training medians.

    Parameters
    ----------
    petals : ndarray
        Shape (rows, 2): petal length and width.

    Returns
    -------
    Tensor
        float32 of shape (rows, features).
    """
    points = numpy.tile(numpy.median(centimetres(iris), axis=0), (len(petals), 1))
    points[:, [PETAL_LENGTH, PETAL_WIDTH]] = petals
    return torch.tensor(iris.scaler.transform(points), dtype=torch.float32)


def petal_plane(iris: IrisData, rows: int = 64) -> Plane:
    """Return a grid of `rows` × `rows` points over the petals of the training flowers."""
    flowers = centimetres(iris)
    low, high = flowers.min(axis=0), flowers.max(axis=0)
    margin = 0.06 * (high - low)
    low, high = numpy.maximum(low - margin, 0).round(1), (high + margin).round(1)
    lengths = numpy.linspace(low[PETAL_LENGTH], high[PETAL_LENGTH], rows)
    widths = numpy.linspace(low[PETAL_WIDTH], high[PETAL_WIDTH], rows)
    petals = numpy.column_stack([numpy.tile(lengths, rows), numpy.repeat(widths, rows)])
    middle = numpy.median(flowers, axis=0)
    return Plane(
        inputs=at_petals(iris, petals),
        extent=(lengths[0], lengths[-1], widths[0], widths[-1]),
        held={
            name: float(middle[column])
            for column, name in enumerate(iris.feature_names)
            if column not in (PETAL_LENGTH, PETAL_WIDTH)
        },
    )
