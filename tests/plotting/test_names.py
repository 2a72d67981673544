"""What a picture calls things can be read on every machine."""

import pytest

from day38 import split_table
from day38.plotting import names, plot_activations, plot_network
from tests.plotting.tables import network, plot_heatmap, plot_regions, table, texts


@pytest.mark.filterwarnings("error")  # a missing glyph is one
def test_what_has_no_letters_on_this_machine_gets_a_number_and_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, model = table("Chinese"), network(7, 3, 5)
    if len(names.font_families()) > 1:  # a font for Chinese is installed
        picture = plot_network(model, data, title="训练后")
        assert picture.png() and all(name in texts(picture) for name in ("糖分", "5级", "训练后"))
    monkeypatch.setattr(names, "CHINESE_FONTS", ())
    for picture in (
        plot_network(model, data, title="训练后"),
        plot_heatmap(model, data, "训练后"),
        plot_regions(model, data, "训练后"),
        plot_activations(model, data),
    ):
        assert "class 5" in texts(picture) and all(ord(one) < 0x2E80 for one in texts(picture))
        assert "feature 1 是糖分" in picture.description and "class 5 是5级" in picture.description


NUMBERS = {"5.8": (4.3, 7.9, 5.75), "660": (278, 1680, 660.4), "0.061": (0.05, 0.1, 0.0613)}
NUMBERS |= {"1.2e6": (4e5, 6e6, 1_234_567), "0.0": (-2, 3, -1e-9), "2007": (2000, 2020, 2007)}


@pytest.mark.parametrize(("written", "numbers"), NUMBERS.items())
def test_numbers_have_no_digits_that_say_nothing(written: str, numbers: tuple) -> None:
    low, high, value = numbers
    data = split_table([[low], [high], [low], [high]] * 5, [0, 0, 1, 1] * 5)
    assert names.features_of(data)[0].number(value) == written


def test_two_names_that_differ_in_their_brackets_only_keep_them() -> None:
    columns = ["温度 (早)", "温度 (晚)", "width (cm)", "width"]
    data = split_table([[row] * 4 for row in (0.1, 0.9) * 20], [0, 1] * 20, feature_names=columns)
    assert [one.chinese for one in names.features_of(data)] == columns
    assert all(one.unit == "" for one in names.features_of(data))
