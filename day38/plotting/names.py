"""What a picture calls things: names that can be drawn, units, numbers, in the room there is."""

import math
import re
import unicodedata
from typing import Any, NamedTuple

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from day38.data import TabularData

# For Linux, Windows and macOS; the first that is installed draws what matplotlib's own font cannot.
CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "SimSun", "PingFang SC"),
    *("Hiragino Sans GB", "Heiti TC", "STHeiti", "Arial Unicode MS"),
)
SMALLEST = 6.5  # points; below, nobody reads


class Feature(NamedTuple):
    """A column of the table: what it is called, and how its values are written."""

    name: str  # as drawn, without its unit
    label: str  # the name with its unit, for an axis
    unit: str  # to write behind a number, such as " cm"; "" if the name has none
    chinese: str  # for descriptions
    decimals: int  # so that at least 20 steps lie between smallest and largest; may be negative
    exponent: int  # of the largest value, without its sign

    def number(self, value: float) -> str:
        """Return a value without digits that say nothing: 5.8, 660, 0.013, 1.23e6."""
        if self.exponent < 5 and self.decimals < 5:
            return f"{value:z.{max(self.decimals, 0)}f}"
        return tidy(f"{value:.{max(self.exponent + self.decimals + 1, 1)}g}")


def features_of(data: TabularData) -> list[Feature]:
    """Return how a picture names the columns of `data` and writes their values."""
    features = []
    found = [re.fullmatch(r"(.+?)\s*[(（]([^()（）]+)[)）]", name) for name in data.feature_names]
    alone = [
        match[1] if match else name for match, name in zip(found, data.feature_names, strict=True)
    ]
    for column, full in enumerate(data.feature_names):
        match = found[column]  # of two names that differ in their brackets only, these are no units
        bare, unit = match.groups() if match and alone.count(match[1]) == 1 else (full, "")
        name, unit = drawable(bare, f"feature {column + 1}"), drawable(unit, "")
        low, high = data.scaling.minimum[column], data.scaling.maximum[column]
        largest = max(abs(low), abs(high)) or 1.0
        span = high - low if high > low else largest
        features.append(
            Feature(
                name=name,
                label=f"{name} ({unit})" if unit else name,
                unit=f" {unit}" if unit else "",
                chinese=data.chinese.get(full, bare),
                decimals=math.ceil(math.log10(20 / span)),
                exponent=math.floor(math.log10(largest)),
            )
        )
    return features


def classes_of(data: TabularData) -> list[str]:
    """Return how a picture names the classes of `data`."""
    return [drawable(name, f"class {number}") for number, name in enumerate(data.class_names, 1)]


def key(data: TabularData) -> str:
    """Return a sentence for names that cannot be drawn on this machine; none if all can."""
    drawn = [*(feature.name for feature in features_of(data)), *classes_of(data)]
    pairs = zip(drawn, [*data.feature_names, *data.class_names], strict=True)
    missing = [f"{one} 是{name}" for one, name in pairs if not drawable(name, "")]
    return f"这台机器没有能画这些名字的字体，图上用编号：{'、'.join(missing)}。" if missing else ""


def font_families() -> list[str]:
    """Return matplotlib's font and, where one is installed, one for Chinese to fall back to."""
    installed = set(fontManager.get_font_names())
    chinese = [name for name in CHINESE_FONTS if name in installed][:1]
    return [*matplotlib.rcParams["font.family"], *chinese]


def drawable(text: str, otherwise: str) -> str:
    """Return `text` as matplotlib takes it, or `otherwise` if a character would be a box."""
    text = " ".join(text.split())
    fonts = [get_font(findfont(FontProperties(family=[name]))) for name in font_families()]
    if all(any(font.get_char_index(ord(one)) for font in fonts) for one in text):
        return text.replace("$", r"\$")  # or it begins a formula
    return otherwise


def width(text: str, size: float) -> float:
    """Return about how many inches a line takes in letters of `size` points."""
    em = sum(1.0 if unicodedata.east_asian_width(one) in "WF" else 0.6 for one in text)
    return em * size / 72


def fitted(text: str, inches: float, size: float) -> dict[str, Any]:
    """Return text and size of one line or several that fit: smaller, then cut off with "…"."""
    lines = text.split("\n")
    longest = max(width(line, size) for line in lines)
    size = max(size * min(1, inches / longest), SMALLEST) if longest else size
    for place, line in enumerate(lines):
        while width(lines[place], size) > inches * 1.01 and len(line) > 1:
            line = line[:-1]
            lines[place] = f"{line.rstrip()}…"
    return {"s": "\n".join(lines), "size": size}


def wrapped(text: str, most: int) -> str:
    """Return a name on up to `most` lines of its own words."""
    lines = [""]
    for word in re.findall(r"[^\s_/]+[\s_/]*|[\s_/]+", text):
        if lines[-1] and len((lines[-1] + word).strip()) > 9:
            lines.append("")
        lines[-1] += word
    if len(lines) > most:
        lines[most - 1 :] = [f"{lines[most - 1].strip()}…"]
    return "\n".join(line.strip() for line in lines)


def two_digits(value: float) -> str:
    """Return a measured number without digits that are noise: 720, 9.1, 0.0021."""
    return tidy(f"{float(f'{value:.2g}'):g}")


def tidy(number: str) -> str:
    """Return 1.2e+06 as 1.2e6."""
    return re.sub(r"e([-+])0*(?=\d)", lambda found: "e" + found[1].strip("+"), number)
