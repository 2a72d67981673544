"""A predictor as one HTML page that computes in the browser.

Taught in notebook 3, section "从模型到应用".
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import torch

from day38.rows import HIGHEST, LOWEST

SHOWN = {
    "sepal length (cm)": "花萼长",
    "sepal width (cm)": "花萼宽",
    "petal length (cm)": "花瓣长",
    "petal width (cm)": "花瓣宽",
    "setosa": "山鸢尾",
    "versicolor": "变色鸢尾",
    "virginica": "维吉尼亚鸢尾",
}
COLOURS = ("#0072B2", "#E69F00", "#CC79A7", "#009E73", "#56B4E9", "#D55E00")  # Okabe and Ito


def make_page(content: dict[str, Any]) -> str:
    """Return the page: sliders, number fields, bars, range warning; it loads nothing.

    Parameters
    ----------
    content : dict
        What a `Predictor` saves: weights, minimum, span, feature_names, class_names, card.
    """
    model = {
        "features": [{"name": n, "shown": SHOWN.get(n, n)} for n in content["feature_names"]],
        "classes": [
            {"name": name, "shown": SHOWN.get(name, name), "colour": COLOURS[i % len(COLOURS)]}
            for i, name in enumerate(content["class_names"])
        ],
        "minimum": content["minimum"].tolist(),
        "span": content["span"].tolist(),
        "lowest": LOWEST,
        "highest": HIGHEST,
        **{name.replace(".", "_"): _short(tensor) for name, tensor in content["weights"].items()},
        "card": _card_line(content["card"]),
    }
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    # Inside <script> only "<" could end the element, in a name such as "</script>".
    page = files("day38").joinpath("page.html").read_text(encoding="utf-8")
    return page.replace("MODEL_AS_JSON", text.replace("<", "\\u003c"))


def _short(tensor: torch.Tensor) -> Any:
    """Return a float32 tensor as lists; nine digits tell any two float32 numbers apart."""
    if tensor.ndim > 0:
        return [_short(part) for part in tensor]
    return float(f"{tensor.item():.9g}")


def _card_line(card: dict[str, str | int | float]) -> str:
    low, high = card.get("interval_low"), card.get("interval_high")
    interval = f"（95% 置信区间 {low:.1%} 到 {high:.1%}）" if low is not None else ""
    return (
        f"模型在它没见过的 {card.get('test_rows')} 朵花上答对 {card.get('accuracy')}{interval}，"
        f"训练于 {card.get('date')}。只认识这几种鸢尾花；别的花它也会硬说成其中一种。"
    )
