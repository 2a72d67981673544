"""The network one can touch: a page that computes with your own weights, in the browser.

Taught in notebook 1, section "把整个网络画成一张图", and given away in notebook 3.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from itertools import permutations
from pathlib import Path

import numpy
import torch

from day38.data import TabularData
from day38.inference import Predictor
from day38.model import IrisMLP

LOWEST, HIGHEST, UNITS, CHINESE = -0.1, 1.1, {"毫米": 0.1}, {}
MOST_UNITS = 32


class Explorer:
    """A page with a living network. It shows itself in a notebook; `save` writes it as a file.

    Parameters
    ----------
    page : str
        The whole HTML page; it loads nothing.
    description : str
        What to say where no page can be shown.
    height : int
        Of the frame in a notebook, in pixels, where the frame is wide.
    """

    def __init__(self, page: str, description: str, height: int) -> None:
        self.page, self.description, self.height = page, description, height

    def __repr__(self) -> str:
        return self.description

    def _repr_html_(self) -> str:
        # A frame of its own, so that neither side's styles and names reach the other; sandboxed,
        # so that it cannot reach the notebook at all. It grows where it is narrow (100cqw is its
        # width), because explorer.css moves the parts below each other there and texts wrap.
        page = self.page.replace("&", "&amp;").replace("'", "&#39;")
        height = (
            f"calc({self.height}px + clamp(0px, (900px - 100cqw) * 1000, 200px)"
            " + clamp(0px, (650px - 100cqw) * 1000, 290px)"
            " + clamp(0px, (520px - 100cqw) * 0.75, 150px))"
        )
        return (
            f'<div style="container-type: inline-size"><iframe title="{escape(self.description)}"'
            f' sandbox="allow-scripts" loading="lazy" style="width: 100%; height: {height};'
            f" border: 0\" srcdoc='{page}'></iframe></div>"
        )

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page to one HTML file and return its path."""
        path = Path(path)
        path.write_bytes(self.page.encode())
        return path


def explore(snapshots: Mapping[int, IrisMLP] | IrisMLP | Predictor, iris: TabularData) -> Explorer:
    """Make a page in which the network can be played back, moved and taken apart.

    Parameters
    ----------
    snapshots : mapping of int to IrisMLP, IrisMLP or Predictor
        Copies of one model under their epochs; or a single model, which has no training to play
        back; or a predictor, whose scaling and names are used then.
    iris : TabularData
        The flowers, and for models the scaling and the names.

    Returns
    -------
    Explorer
        Shows itself in a notebook; ``.save(path)`` writes the page to give away.

    Raises
    ------
    TypeError, ValueError
        If there is nothing that the page can show; the message says why.
    """
    scaler, features, classes = iris.scaler, iris.feature_names, iris.class_names
    minimum, span = scaler.data_min_, 1 / scaler.scale_
    if isinstance(snapshots, Predictor):
        minimum, span = snapshots.minimum, snapshots.span
        features, classes = snapshots.feature_names, snapshots.classes_
        snapshots = snapshots.model
    if not isinstance(snapshots, Mapping):
        snapshots = {0: snapshots}
    snapshots = {epoch: snapshots[epoch] for epoch in sorted(snapshots)}
    _check(snapshots)
    units = next(iter(snapshots.values())).hidden.out_features
    train, test = _flowers(iris, *iris.train), _flowers(iris, *iris.test)
    low, typical, high = numpy.quantile([flower[:4] for flower in train], [0, 0.5, 1], axis=0)
    margin = 0.06 * (high - low)
    data = {
        "features": [_name(feature) for feature in features],
        "classes": [_name(kind) for kind in classes],
        "minimum": minimum.tolist(),
        "span": span.tolist(),
        "lowest": LOWEST,
        "highest": HIGHEST,
        "factors": UNITS,
        "orders": sorted(permutations(range(4)), key=_moves),
        "train": train,
        "test": test,
        "typical": typical.round(2).tolist(),
        "low": numpy.maximum(low - margin, 0).round(1).tolist(),
        "high": (high + margin).round(1).tolist(),
        "units": units,
        "epochs": list(snapshots),
        "weights": _packed(snapshots),
    }
    description = f"可以动手的神经网络：{len(snapshots)} 个快照，{units} 个隐藏单元"
    playback = 50 if len(snapshots) > 1 else 0
    return Explorer(_fill_in(data), description, height=max(635, 25 * units + 115) + playback)


def _check(snapshots: Mapping[int, IrisMLP]) -> None:
    """Refuse what the page cannot show, or would show wrongly."""
    if not snapshots:
        raise ValueError(
            "一个快照也没有。请在 train(…, on_record=…) 里用 copy.deepcopy(model) 留下几个。"
        )
    for epoch, model in snapshots.items():
        if type(model) is not IrisMLP:  # a subclass may compute otherwise
            raise TypeError(
                f"这里只能展示 IrisMLP，收到的是 {type(model).__name__}。"
                "请传入模型、{轮数: 模型} 的字典，或者 Predictor。"
            )
        sizes = model.hidden.in_features, model.output.out_features
        if sizes != (4, 3):
            raise ValueError(
                f"模型有 {sizes[0]} 个输入、{sizes[1]} 个输出，鸢尾花要 4 个输入、3 个输出。"
            )
        if not all(torch.isfinite(parameter).all() for parameter in model.parameters()):
            raise ValueError(
                f"第 {epoch} 轮的权重里有 NaN 或无穷大，多半是训练时发散了。请把学习率调小再训练。"
            )
    widths = sorted({model.hidden.out_features for model in snapshots.values()})
    if len(widths) > 1:
        raise ValueError(
            f"各个快照的隐藏层宽度不一样：{'、'.join(map(str, widths))}。请只放同一个模型的快照。"
        )
    if widths[0] > MOST_UNITS:
        raise ValueError(
            f"隐藏层有 {widths[0]} 个单元，一页最多画得下 {MOST_UNITS} 个。请换一个窄一些的模型。"
        )
    if len({id(model) for model in snapshots.values()}) < len(snapshots):
        raise ValueError(
            "有几个快照是同一个模型对象，播放时不会变。请存副本：copy.deepcopy(model)。"
        )


def _name(name: str) -> dict[str, str]:
    return {"name": CHINESE.get(name, name), "english": name if name in CHINESE else ""}


def _moves(order: tuple[int, ...]) -> int:
    return sum(place != feature for place, feature in enumerate(order))


def _flowers(iris: TabularData, inputs: torch.Tensor, targets: torch.Tensor) -> list[list[float]]:
    """Return a list of four numbers in cm and the species' number for each flower."""
    rows = iris.scaler.inverse_transform(inputs.double().cpu().numpy()).round(4)
    return [[*row, kind] for row, kind in zip(rows.tolist(), targets.tolist(), strict=True)]


def _packed(snapshots: Mapping[int, IrisMLP]) -> str:
    """Return all weights as little-endian float32 in base64; each neuron's bias follows them."""
    layers = [layer for model in snapshots.values() for layer in (model.hidden, model.output)]
    numbers = [
        torch.cat([layer.weight, layer.bias[:, None]], dim=1).detach().cpu().float().flatten()
        for layer in layers
    ]
    return base64.b64encode(torch.cat(numbers).numpy().astype("<f4").tobytes()).decode()


def _fill_in(data: dict) -> str:
    """Return the page with style, script and data; the policy lets only these two run."""
    folder = files("day38.explorer")
    page, style, script = (
        folder.joinpath(f"explorer.{kind}").read_text(encoding="utf-8")
        for kind in ("html", "css", "js")
    )
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for place, content in (
        ("STYLE_HASH", _digest(style)),
        ("SCRIPT_HASH", _digest(script)),
        ("STYLE_TEXT", style),
        ("SCRIPT_TEXT", script),
        # Last, because a name may contain anything. Of all characters only "<" could end the
        # element, as in "</script>".
        ("DATA_AS_JSON", text.replace("<", "\\u003c")),
    ):
        page = page.replace(place, content)
    return page


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
