"""The network one can touch: a page that computes with your own weights, in the browser.

Python hands over numbers and names; all mathematics of the page is in ``network.js``.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy
import torch
from torch import Tensor, nn

from day38.data import IRIS_IN_CHINESE, Scaling, TabularData
from day38.inference import Predictor
from day38.layers import Affine, check_sizes, describe, layers_of
from day38.model import modes_kept
from day38.oddities import ABSURD, MARGIN, MOST_PERMUTED, length_units

FEATURES, CLASSES, HIDDEN, UNITS, ROWS = (2, 40), (2, 8), (0, 3), (1, 32), (1, 5_000)
PHONE = "clamp(0px, (560px - 100cqw) * 1000, 450px)"  # no two parts beside each other
TOLERANCE = 1e-5  # of a probability: what the page shows against what the model says
NOT_TRAINED = (nn.modules.batchnorm._BatchNorm, Affine, nn.Dropout)  # the page has eval mode only


class Explorer:
    """A page with a living network. It shows itself in a notebook; `save` writes it as a file.

    Parameters
    ----------
    page : str
        The whole HTML page; it loads nothing.
    description : str
        What to say where no page can be shown.
    height : str
        Of the frame in a notebook, as CSS; 100cqw is its width.
    """

    def __init__(self, page: str, description: str, height: str) -> None:
        self.page, self.description, self.height = page, description, height

    def __repr__(self) -> str:
        return self.description

    def _repr_html_(self) -> str:
        # A frame of its own, so that neither side's styles and names reach the other; sandboxed,
        # so that it cannot reach the notebook at all.
        page = self.page.replace("&", "&amp;").replace("'", "&#39;")
        return (
            f'<div style="container-type: inline-size"><iframe title="{escape(self.description)}"'
            f' sandbox="allow-scripts" loading="lazy" style="width: 100%; height: {self.height};'
            f" border: 0\" srcdoc='{page}'></iframe></div>"
        )

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page to one HTML file and return its path."""
        path = Path(path)
        path.write_bytes(self.page.encode())
        return path


def explore(
    snapshots: Mapping[int, nn.Module] | nn.Module | Predictor, data: TabularData
) -> Explorer:
    """Make a page in which the network can be played back, taken apart and trained on.

    Parameters
    ----------
    snapshots : mapping of int to nn.Module, nn.Module or Predictor
        Copies of one model under their epochs, such as `Snapshots`; or a single model, which has
        no training to play back; or a predictor, whose scaling and names are used then.
    data : TabularData
        The rows, and for models the scaling and the names.

    Returns
    -------
    Explorer
        Shows itself in a notebook; ``.save(path)`` writes the page to give away.

    Raises
    ------
    TypeError, ValueError
        If there is something that the page cannot show, or not exactly; the message says what.
    """
    names, scaling = (data.feature_names, data.class_names), data.scaling
    parts = {"train": data.train, "test": data.test}
    if isinstance(snapshots, Predictor):
        predictor, snapshots = snapshots, snapshots.model
        if (predictor.feature_names, predictor.classes_) != names:
            raise ValueError("Predictor 的特征、类别和这份数据的不一样。请用它训练时的数据。")
        scaling = predictor.scaling
        parts = {name: _rescaled(part, data.scaling, scaling) for name, part in parts.items()}
    models = dict(snapshots) if isinstance(snapshots, Mapping) else {0: snapshots}
    models = {epoch: models[epoch] for epoch in sorted(models)}
    _check_models(models)
    rows = torch.cat([inputs.cpu() for inputs, _ in parts.values()])
    _check_count("训练集和测试集的行", len(rows), ROWS)
    _check_count("特征", len(data.feature_names), FEATURES)
    _check_count("类别", len(data.class_names), CLASSES)
    plans, weights = [], []
    for epoch, model in models.items():
        try:
            chain = layers_of(model, parts["train"][0])
            check_sizes(chain, len(data.feature_names), len(data.class_names))
            weights.append(_packed(model, chain, rows))
        except ValueError as error:
            raise ValueError(f"第 {epoch} 轮的模型不能展示：{error}") from None
        plans.append(describe(chain))
    plan = _checked_plan(plans)
    page = {
        **_names(data, scaling),
        **{name: _packed_rows(part) for name, part in parts.items()},
        "layers": plan,
        "epochs": list(models),
        "weights": _base64(numpy.concatenate(weights)),
        "frozen": _not_trained(models.values()),
    }
    units = [sizes[1] for kind, *sizes in plan if kind == "linear"][:-1]
    shape = " → ".join(map(str, [len(data.feature_names), *units, len(data.class_names)]))
    description = f"可交互的神经网络：{data.title}，{shape}，{len(models)} 个快照"
    text = _fill_in(page, iris=set(data.feature_names) <= set(IRIS_IN_CHINESE))
    return Explorer(text, description, frame_height(len(data.feature_names), units))


def frame_height(features: int, widths: list[int]) -> str:
    """Return how high a frame must be: its parts lie in three columns, in two, or in one."""
    most, more = max(widths, default=1), 128 * max(0, len(widths) - 1)  # pixels of more layers
    tall = max(450, 27 * most + 24)
    phone = max(480, 46 * most + 45, 130 * features if features < 7 else 900)
    steps = [(1090 + more, 1010 - 800), (850 + more, 180), (800 + more, 1250 - tall + phone)]
    wider = [f"clamp(0px, ({edge}px - 100cqw) * 1000, {extra}px)" for edge, extra in steps]
    return f"calc({800 - 450 + tall}px + {' + '.join([*wider, PHONE])})"


def _check_models(models: Mapping[int, nn.Module]) -> None:
    if not models:
        raise ValueError(
            "一个快照也没有。请先 snapshots = Snapshots(model)，再 train(…, on_record=snapshots)。"
        )
    for model in models.values():
        if not isinstance(model, nn.Module):
            raise TypeError(f"这里展示的是模型或者 Predictor，收到的是 {type(model).__name__}。")
    if len({id(model) for model in models.values()}) < len(models):
        raise ValueError("有几个快照是同一个模型对象，播放时不会变。请用 Snapshots 留下副本。")


def _check_count(what: str, number: int, limits: tuple[int, int]) -> None:
    if not limits[0] <= number <= limits[1]:
        raise ValueError(
            f"{what}有 {number} 个，一页能展示 {limits[0]} 到 {limits[1]} 个。"
            "请换一份数据，或者换一个模型。"
        )


def _checked_plan(plans: list[list]) -> list[list]:
    """Return what all models consist of; refuse several kinds, and what no page can hold."""
    if any(plan != plans[0] for plan in plans):
        raise ValueError("各个快照的层不一样。请只放同一个模型在不同轮数的快照。")
    sizes = [layer[1:] for layer in plans[0] if layer[0] == "linear"]
    widths = [outputs for _, outputs in sizes[:-1]]
    _check_count("隐藏层", len(widths), HIDDEN)
    _check_count("一层的单元", max(widths, default=1), UNITS)
    return plans[0]


def _packed(model: nn.Module, chain: nn.Sequential, rows: Tensor) -> numpy.ndarray:
    """Return all weights as float32, once it is sure that with them the page says what it says."""
    numbers = nn.utils.parameters_to_vector(chain.parameters()).float()
    shown = copy.deepcopy(chain).double()  # the page computes in float64
    nn.utils.vector_to_parameters(numbers.double(), shown.parameters())
    parameter = next(model.parameters())
    with modes_kept(model), torch.no_grad():
        model.eval()
        expected = model(rows.to(parameter)).cpu().double().softmax(dim=1)
        difference = (shown(rows.double()).softmax(dim=1) - expected).abs().max().item()
    if not difference <= TOLERANCE:
        raise ValueError(
            "权重太大，或者要用 float64 才说得清：网页里算出的概率会差 "
            f"{difference:.1e}。请用归一化过的数据训练的 float32 模型。"
        )
    return numbers.numpy()


def _rescaled(part: tuple[Tensor, Tensor], own: Scaling, other: Scaling) -> tuple[Tensor, Tensor]:
    """Return rows of one scaling in another one."""
    if all((one == two).all() for one, two in zip(own[:2], other[:2], strict=True)):
        return part
    measured = own.measured(part[0].cpu().double().numpy())
    return torch.from_numpy(other.scale(measured)).float(), part[1]


def _packed_rows(part: tuple[Tensor, Tensor]) -> dict[str, str]:
    inputs, targets = (tensor.cpu().numpy() for tensor in part)
    return {"rows": _base64(inputs), "kinds": base64.b64encode(bytes(targets.tolist())).decode()}


def _base64(numbers: numpy.ndarray) -> str:
    return base64.b64encode(numbers.astype("<f4").tobytes()).decode()


def _not_trained(models: Iterable[nn.Module]) -> str:
    """Name the layers that compute otherwise in training: the page does not train with them."""
    found = {type(m) for model in models for m in model.modules() if isinstance(m, NOT_TRAINED)}
    return "、".join(sorted({"BatchNorm" if kind is Affine else kind.__name__ for kind in found}))


def _names(data: TabularData, scaling: Scaling) -> dict:
    """Return every word and number of the table that the page needs."""
    unit, factors = length_units(data.feature_names) or ("", {})
    others = [[name, factor, f"{factor:g}"] for name, factor in factors.items()]

    def both(names: Iterable[str]) -> list[dict[str, str]]:
        chinese = data.chinese
        return [{"name": chinese.get(n, n), "english": n if n in chinese else ""} for n in names]

    return {
        "title": data.title,
        "features": both(data.feature_names),
        "classes": both(data.class_names),
        "axes": list(data.axes),
        "unit": [unit, others] if unit else None,
        **{name: numbers.tolist() for name, numbers in scaling._asdict().items()},
        "margin": MARGIN,
        "absurd": ABSURD,
        "mostPermuted": MOST_PERMUTED,
    }


def _fill_in(data: dict, iris: bool) -> str:
    """Return the page with style, program and data; the policy lets nothing else run."""
    folder = files("day38.explorer")

    def text_of(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    data["words"] = {"this": "这朵花", "count": "朵"} if iris else {"this": "这一行", "count": "行"}
    page, start, style = map(text_of, ("explorer.html", "start.js", "explorer.css"))
    flower = {kind: text_of(f"flower.{kind}") if iris else "" for kind in ("html", "css")}
    scripts = page.split("PACKED(")[1].split(")")[0].split()  # the page says which files
    program = "\n".join(text_of(n) for n in scripts if iris or n != "flower.js")
    packed = zlib.compress(program.encode(), 9, -15)  # a third of its size; start.js unpacks it
    style += flower["css"]
    data["page"] = _digest(_json(data))[:12]  # a link belongs to this page
    for place, content in (
        ("EXTRA_HTML", flower["html"]),
        ("STYLE_HASH", _digest(style)),
        ("START_HASH", _digest(start)),
        ("PROGRAM_HASH", _digest(program)),
        ("STYLE_TEXT", style),
        ("START_TEXT", start),
        (f"PACKED({' '.join(scripts)})", base64.b64encode(packed).decode()),
        # Last, because a name may contain anything. Of all characters only "<" could end the
        # element, as in "</script>".
        ("DATA_AS_JSON", _json(data).replace("<", "\\u003c")),
    ):
        page = page.replace(place, content)
    return page


def _json(data: dict) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
