"""The pictures in `assets/` are there, small, and those that README and notebook 1 show."""

import base64
import io
import shutil

import nbformat
import pytest
from PIL import Image

from day38 import IrisData, IrisMLP
from tests.helpers import new_model
from tools import picture_assets
from tools.picture_assets import ASSETS, FRAMES, NOTEBOOK

STILLS = ("network", "network_before_after", "loss", "regions", "torchvista")


@pytest.mark.parametrize("name", STILLS)
def test_stills_are_small_png_files_without_notes(name: str) -> None:
    path = ASSETS / f"{name}.png"
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.info.keys() <= {"dpi", "transparency"}
        assert len(image.convert("L").getcolors()) > 20
    assert path.stat().st_size < 300_000


def test_the_animation_is_small_and_stops_at_the_end() -> None:
    path = ASSETS / "training.gif"
    assert path.stat().st_size < 1_500_000
    with Image.open(path) as image:
        assert image.n_frames == len(FRAMES)
        durations = []
        for frame in range(image.n_frames):
            image.seek(frame)
            durations.append(image.info["duration"])
    assert max(durations) == durations[-1] > 2 * durations[0]


def test_the_notebook_carries_the_graph_as_it_is_in_assets() -> None:
    cells = {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    attached = cells["graph-picture"]["attachments"]["torchvista.png"]["image/png"]
    assert base64.b64decode(attached) == (ASSETS / "torchvista.png").read_bytes()


def test_the_same_snapshots_give_the_same_animation(iris: IrisData, trained: IrisMLP) -> None:
    snapshots = {0: new_model(), 20_000: trained}
    first, second = (picture_assets.animation(snapshots, iris) for _ in range(2))
    assert first == second
    with Image.open(io.BytesIO(first)) as image:
        assert image.n_frames == 2


def test_without_a_browser_the_graph_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/nowhere/chromium")
    assert picture_assets.graph() is None
