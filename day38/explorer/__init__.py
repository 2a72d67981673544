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
from collections.abc import Collection, Iterable, Mapping
from html import escape
from pathlib import Path

import numpy
import torch
from torch import Tensor, nn

from day38.data import IRIS_IN_CHINESE, Scaling, TabularData
from day38.inference import Predictor
from day38.layers import Affine, check_sizes, describe, layers_of
from day38.model import modes_kept
from day38.oddities import ABSURD, LEAST_SCALED, MARGIN, MOST_PERMUTED, length_units

FEATURES, CLASSES, HIDDEN, UNITS, ROWS = (2, 40), (2, 8), (0, 3), (1, 32), (1, 5_000)
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
    scaling, parts = data.scaling, {"train": data.train, "test": data.test}
    if isinstance(snapshots, Predictor):
        predictor, snapshots = snapshots, snapshots.model
        if (predictor.feature_names, predictor.classes_) != (data.feature_names, data.class_names):
            raise ValueError("Predictor 的特征、类别和这份数据的不一样。请用它训练时的数据。")
        scaling = predictor.scaling
        parts = {name: _rescaled(part, data.scaling, scaling) for name, part in parts.items()}
    models = dict(sorted(snapshots.items())) if isinstance(snapshots, Mapping) else {0: snapshots}
    _check_models(models.values())
    features, classes = len(data.feature_names), len(data.class_names)
    rows = torch.cat([inputs.cpu() for inputs, _ in parts.values()])
    _check_count("训练集和测试集的行", len(rows), ROWS)
    _check_count("特征", features, FEATURES)
    _check_count("类别", classes, CLASSES)
    plans, weights = [], []
    for epoch, model in models.items():
        try:
            chain = layers_of(model, parts["train"][0])
            check_sizes(chain, features, classes)
            weights.append(_exact_weights(model, chain, rows))
        except ValueError as error:
            raise ValueError(f"第 {epoch} 轮的模型不能展示：{error}") from None
        plans.append(describe(chain))
    widths = _widths(plans)
    iris = set(data.feature_names) <= set(IRIS_IN_CHINESE)
    page = {
        **_names(data, scaling),
        **{
            name: {"rows": _packed(inputs.cpu().numpy()), "kinds": _base64(bytes(targets.tolist()))}
            for name, (inputs, targets) in parts.items()
        },
        "layers": plans[0],
        "epochs": list(models),
        "weights": _packed(numpy.concatenate(weights)),
        "frozen": _not_trained(models.values()),
        "words": {"this": "这朵花", "count": "朵"} if iris else {"this": "这一行", "count": "行"},
    }
    shape = " → ".join(map(str, [features, *widths, classes]))
    description = f"可交互的神经网络：{data.title}，{shape}，{len(models)} 个快照"
    return Explorer(_fill_in(page, iris), description, frame_height(features, widths))


def frame_height(features: int, widths: list[int]) -> str:
    """Return how high a frame must be: its parts lie in three columns, in two, or in one."""
    most, more = max(widths, default=1), 128 * max(0, len(widths) - 1)  # pixels of more layers
    tall = max(450, 27 * most + 24)
    one_column = max(480, 46 * most + 45, 130 * features if features < 7 else 900) - tall + 1250
    # At 560 pixels no two parts lie beside each other.
    steps = [(1090 + more, 210), (850 + more, 180), (800 + more, one_column), (560, 450)]
    extra = [f"clamp(0px, ({edge}px - 100cqw) * 1000, {pixels}px)" for edge, pixels in steps]
    return f"calc({350 + tall}px + {' + '.join(extra)})"


def _check_models(models: Collection[nn.Module]) -> None:
    if not models:
        raise ValueError(
            "一个快照也没有。请先 snapshots = Snapshots(model)，再 train(…, on_record=snapshots)。"
        )
    for model in models:
        if not isinstance(model, nn.Module):
            raise TypeError(f"这里展示的是模型或者 Predictor，收到的是 {type(model).__name__}。")
    if len(set(models)) < len(models):
        raise ValueError("有几个快照是同一个模型对象，播放时不会变。请用 Snapshots 留下副本。")


def _check_count(what: str, number: int, limits: tuple[int, int]) -> None:
    low, high = limits
    if not low <= number <= high:
        raise ValueError(
            f"{what}有 {number} 个，一页能展示 {low} 到 {high} 个。请换一份数据，或者换一个模型。"
        )


def _widths(plans: list[list[list]]) -> list[int]:
    """Return the sizes of the hidden layers; refuse several kinds, and what no page can hold."""
    if any(plan != plans[0] for plan in plans):
        raise ValueError("各个快照的层不一样。请只放同一个模型在不同轮数的快照。")
    widths = [sizes[1] for kind, *sizes in plans[0] if kind == "linear"][:-1]
    _check_count("隐藏层", len(widths), HIDDEN)
    _check_count("一层的单元", max(widths, default=1), UNITS)
    return widths


def _exact_weights(model: nn.Module, chain: nn.Sequential, rows: Tensor) -> numpy.ndarray:
    """Return all weights as float32, once it is sure that with them the page says what it says."""
    numbers = nn.utils.parameters_to_vector(chain.parameters()).float()
    shown = copy.deepcopy(chain).double()  # the page computes in float64
    nn.utils.vector_to_parameters(numbers.double(), shown.parameters())
    with modes_kept(model), torch.no_grad():
        model.eval()
        expected = model(rows.to(next(model.parameters()))).cpu().double().softmax(dim=1)
        difference = (shown(rows.double()).softmax(dim=1) - expected).abs().max().item()
    if not difference <= TOLERANCE:
        raise ValueError(
            "权重太大，或者要用 float64 才说得清：网页里算出的概率会差 "
            f"{difference:.1e}。请用归一化过的数据训练的 float32 模型。"
        )
    return numbers.numpy()


def _rescaled(part: tuple[Tensor, Tensor], own: Scaling, other: Scaling) -> tuple[Tensor, Tensor]:
    """Return rows of one scaling in another one; of the same one, exactly as they are."""
    if all(map(numpy.array_equal, own[:2], other[:2])):
        return part
    measured = own.measured(part[0].cpu().double().numpy())
    return torch.from_numpy(other.scale(measured)).float(), part[1]


def _packed(numbers: numpy.ndarray) -> str:
    return _base64(numbers.astype("<f4").tobytes())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


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
        "leastScaled": LEAST_SCALED,
        "mostPermuted": MOST_PERMUTED,
    }


def _text_of(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _fill_in(data: dict, iris: bool) -> str:
    """Return the page with style, program and data; the policy lets nothing else run."""
    page, start, style = map(_text_of, ("explorer.html", "start.js", "explorer.css"))
    style += _text_of("flower.css") if iris else ""
    scripts = page.split("PACKED(")[1].split(")")[0].split()  # the page says which files
    program = "\n".join(_text_of(name) for name in scripts if iris or name != "flower.js")
    packed = zlib.compress(program.encode(), 9, -15)  # a third of its size; start.js unpacks it
    data["page"] = _digest(_json(data))[:12]  # a link belongs to this page
    for place, content in (
        ("EXTRA_HTML", _text_of("flower.html") if iris else ""),
        ("STYLE_HASH", _digest(style)),
        ("START_HASH", _digest(start)),
        ("PROGRAM_HASH", _digest(program)),
        ("STYLE_TEXT", style),
        ("START_TEXT", start),
        (f"PACKED({' '.join(scripts)})", _base64(packed)),
        # Last, because a name may contain anything. Of all characters only "<" could end the
        # element, as in "</script>".
        ("DATA_AS_JSON", _json(data).replace("<", "\\u003c")),
    ):
        page = page.replace(place, content)
    return page


def _json(data: dict) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return _base64(hashlib.sha256(text.encode()).digest())
