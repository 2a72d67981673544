"""Pictures of a model and of its training.

Every function takes what it draws, returns the picture, and leaves matplotlib's state alone.
Taught in notebook 1.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image
from torch import nn

from day38.batches import device_of
from day38.checks import whole_number
from day38.training import History

BLUE, ORANGE, GREY, DARK = "#0072B2", "#D55E00", "#666666", "#222222"
# Okabe and Ito's palette, for setosa, versicolor, virginica; the marks differ as well.
SPECIES_COLORS = ("#0072B2", "#E69F00", "#CC79A7")
SPECIES_MARKERS = ("o", "^", "s")
# The sign of a weight has colours of its own, so that no colour means two things.
POSITIVE, NEGATIVE = "#01555E", "#A6611A"
SIGNED = LinearSegmentedColormap.from_list("signed", [NEGATIVE, "#F7F7F7", POSITIVE])


class Picture(Figure):
    """A matplotlib figure that shows itself in a notebook, with a text for those who cannot see.

    It belongs to no window and to no list of open figures, so nothing has to be closed.

    Parameters
    ----------
    width, height : float
        Size on the page, in inches of 96 pixels; drawn at twice that resolution.
    description : str
        The alternative text: what there is to see, in Chinese.
    """

    def __init__(self, width: float, height: float, description: str = "") -> None:
        super().__init__(figsize=(width, height), dpi=192, layout="constrained")
        self.description = description

    def png(self) -> bytes:
        """Return the picture as a PNG file of at most 256 colours, a third of the usual size."""
        canvas = FigureCanvasAgg(self)
        canvas.draw()
        few_colors = _reduce_colors(numpy.asarray(canvas.buffer_rgba())[..., :3])
        buffer = io.BytesIO()
        few_colors.save(buffer, "PNG")
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        shown = {"width": width, "height": height, "alt": self.description}
        return {"image/png": self.png(), "text/plain": self.description}, {"image/png": shown}

    def _ipython_display_(self) -> None:
        # Once something has imported pyplot, Jupyter draws figures its own way, at another size
        # and without a description, and would do so to this one. Only IPython calls this.
        data, metadata = self._repr_mimebundle_()
        import_module("IPython.display").display(data, metadata=metadata, raw=True)


def _reduce_colors(pixels: numpy.ndarray) -> Image.Image:
    """Return an image of the 256 commonest colours of `pixels`, uint8 of shape (rows, columns, 3).

    Pillow's own reductions tint white areas or grey ones; here a common colour stays what it is.
    """
    red, green, blue = (pixels[..., channel].astype(numpy.int32) for channel in range(3))
    codes = (red >> 2 << 12 | green >> 2 << 6 | blue >> 2).ravel()  # 64 steps a channel
    counts = numpy.bincount(codes, minlength=1 << 18)
    used = numpy.flatnonzero(counts)
    sums = [numpy.bincount(codes, channel.ravel(), 1 << 18)[used] for channel in (red, green, blue)]
    colors = numpy.stack(sums, axis=1) / counts[used, None]
    palette = colors[numpy.argsort(-counts[used], kind="stable")[:256]].round()
    distances = (palette**2).sum(axis=1) - 2 * colors @ palette.T  # squared, but for a constant
    table = numpy.zeros(1 << 18, dtype=numpy.uint8)
    table[used] = distances.argmin(axis=1)
    image = Image.fromarray(table[codes].reshape(red.shape))
    image.putpalette(palette.astype(numpy.uint8).tobytes())
    return image


def checked_models(models: Mapping[str, nn.Module]) -> Mapping[str, nn.Module]:
    """Return `models` if it is a mapping of titles to at least one model, else say what it is."""
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            "models 应是“标题：模型”的字典，至少有一个模型，收到的是"
            f" {models if isinstance(models, Mapping) else type(models).__name__}。"
            "请写成例如 {'trained': model}。"
        )
    return models


def short_name(feature: str) -> str:
    """Return the name of a feature without its unit."""
    return feature.removesuffix(" (cm)")


def plot_loss(history: History) -> Picture:
    """Draw the loss of each recorded epoch, over the true epoch numbers.

    Parameters
    ----------
    history : History
        With at least one record; validation losses are drawn if there are any.

    Returns
    -------
    Picture
        A matplotlib ``Figure``.

    Raises
    ------
    TypeError
        If `history` is not what `train` returns.
    ValueError
        If `history` has no record.
    """
    if not isinstance(history, History):
        raise TypeError(
            f"history 应是 train 返回的 History，收到的是 {type(history).__name__}。"
            "请写成 history = train(...)，再画它。"
        )
    if not history.epochs:
        raise ValueError("history 里还没有记录，画不出损失曲线。请先训练到第一个记录点。")
    first, last = history.losses[0], history.losses[-1]
    picture = Picture(
        7,
        3.6,
        f"损失曲线：横轴是轮次，从 {history.epochs[0]:,} 到 {history.epochs[-1]:,}；"
        f"纵轴是损失，从 {first:.2f} 变到 {last:.2f}。",
    )
    axes = picture.subplots()
    axes.plot(history.epochs, history.losses, color=BLUE, label="training")
    if history.validation_losses:
        axes.plot(
            history.epochs, history.validation_losses, color=ORANGE, ls="--", label="validation"
        )
        axes.legend(frameon=False)
    axes.set(xlabel="Epoch", ylabel="Cross-entropy loss", title="Loss during training")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return picture


def plot_weight_histograms(model: nn.Module, bins: int = 12) -> Picture:
    """Draw a histogram of every weight matrix of `model`, side by side on one scale.

    A tick under each histogram (a "rug") stands for one weight, so that few weights are not
    mistaken for a smooth distribution; above 500 weights the rug is left out.

    Returns
    -------
    Picture
        A matplotlib ``Figure`` with one axes for each weight matrix.

    Raises
    ------
    TypeError, ValueError
        If `model` is not a PyTorch module, has no weight matrix, or one that holds NaN or
        infinite weights; if `bins` is not a whole number from 1 on.
    """
    device_of(model)  # says what is wrong with something that is no usable model
    bins = whole_number("bins", bins, minimum=1)
    matrices = {
        name: parameter.detach().cpu().numpy().ravel()
        for name, parameter in model.named_parameters()
        if parameter.ndim >= 2
    }
    if not matrices:
        raise ValueError(f"{type(model).__name__} 里没有权重矩阵，画不出直方图。请传入有层的模型。")
    if not all(numpy.isfinite(values).all() for values in matrices.values()):
        raise ValueError("模型的权重里有 NaN 或无穷大，画不出来。多半是训练发散了，请重新训练。")
    sizes = "、".join(
        f"{name} 有 {values.size:,} 个数，从 {values.min():.2f} 到 {values.max():.2f}"
        for name, values in matrices.items()
    )
    picture = Picture(
        3.6 * len(matrices),
        3.2,
        f"权重直方图，每个权重矩阵一幅：{sizes}。500 个以内时，底部每条短线是一个权重。",
    )
    everything = numpy.concatenate(list(matrices.values()))
    edges = numpy.histogram_bin_edges(everything, bins=bins)
    for axes, (name, values) in zip(
        picture.subplots(1, len(matrices), squeeze=False)[0], matrices.items(), strict=True
    ):
        counts, _, _ = axes.hist(values, bins=edges, color=BLUE, edgecolor="white")
        if values.size <= 500:
            band = 0.12 * counts.max()
            axes.plot(values, numpy.full_like(values, -band / 2), "|", color=ORANGE, ms=8)
            axes.set_ylim(bottom=-band)
        axes.axvline(0, color=GREY, lw=1)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set(xlabel="Weight", ylabel="Count", title=f"{name} ({values.size:,} weights)")
        axes.spines[["top", "right"]].set_visible(False)
    return picture
