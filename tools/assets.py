"""Make what the repository shows and ships from one training run: `make assets`.

assets/playground.html, the explorer's page of that run; assets/explorer.gif (Chromium), the page
in use; and day38/iris_mlp.safetensors.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy
import torch
from PIL import Image
from playwright.sync_api import Page

from day38 import IrisMLP, Predictor, Snapshots, load_iris, train
from day38.explorer import explore
from tools.browser import browser

ROOT = Path(__file__).resolve().parent.parent
SEED, EPOCHS, RECORD_EVERY = 42, 20_000, 200
RECIPE = {"epochs": EPOCHS, "learning_rate": 0.01}
SIZE = {"width": 1280, "height": 632}  # all but the hints below
DRAWN = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
GIF_COLOURS = 64
FRAME, LOOK = 100, 1_500  # milliseconds: ten frames a second, and time to look


def use(page: Page) -> Iterator[int]:
    """Use the explorer; yield when a picture is due, and for how many milliseconds.

    The trained network; its training, played back; a unit switched off; a flower moved; and a new
    network, trained in the page.
    """
    page.wait_for_selector(".answer")
    yield LOOK
    for frame in range(26):  # an even speed along the curve, whose epochs are logarithmic
        epoch = round((101 ** (frame / 25) - 1) * 200 / RECORD_EVERY) * RECORD_EVERY
        page.evaluate("epoch => explorer.set({ epoch })", min(epoch, EPOCHS))
        yield FRAME
    unit = page.locator(".unit").nth(2)
    unit.hover()
    yield LOOK
    unit.click()
    yield LOOK
    unit.click()
    page.mouse.move(0, 0)
    for step in range(9):  # the flower that is always judged wrong
        row = [6.2, round(2.2 + 0.1 * step, 2), 4.5, 1.5]
        page.evaluate("row => explorer.set({ row })", row)
        yield FRAME
    yield 1_000
    page.evaluate("explorer.restart({ seed: 7, scaling: 'standard' })")
    for frame in range(20):
        steps = {"steps": 1 + frame * frame // 4, "rate": 0.1}
        page.evaluate("steps => explorer.train(steps)", steps)
        yield FRAME
    yield 2_000


def film(page_file: Path, gif: Path) -> None:
    """Write the explorer in use as a GIF."""
    shots, lasting = [], []
    with browser() as chromium:
        page = chromium.new_page(viewport=SIZE, color_scheme="light")
        page.goto(page_file.as_uri())
        for milliseconds in use(page):
            page.evaluate(DRAWN)
            shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
            lasting.append(milliseconds)
    three = numpy.concatenate([shots[0], shots[len(shots) // 4], shots[-1]])
    palette = Image.fromarray(three).quantize(GIF_COLOURS)  # it serves all shots
    first, *rest = [shot.quantize(palette=palette, dither=Image.Dither.NONE) for shot in shots]
    first.save(gif, save_all=True, append_images=rest, duration=lasting, loop=0)


def main() -> None:
    """Train by the lesson's recipe; write all three."""
    iris = load_iris(seed=SEED)
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = IrisMLP()
    snapshots = Snapshots(model)
    more = {"record_every": RECORD_EVERY, "on_record": snapshots, "progress": False}
    train(model, [iris.train], **RECIPE, **more)
    predictor = Predictor(snapshots[EPOCHS], iris, notes={"seed": SEED, **RECIPE})
    predictor.save(ROOT / "day38" / "iris_mlp.safetensors")
    gif = ROOT / "assets" / "explorer.gif"
    film(explore(snapshots, iris).save(ROOT / "assets" / "playground.html"), gif)
    size = gif.stat().st_size / 1e3
    print(f"已写入 assets/playground.html、assets/explorer.gif（{size:,.0f} kB）")


if __name__ == "__main__":
    main()
