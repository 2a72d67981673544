"""Make what the repository shows and ships from one training run: `make assets`.

assets/playground.html, the explorer's page of that run; assets/explorer.gif (Chromium), the page
in use; and day38/iris_mlp.safetensors.
"""

import io
from pathlib import Path

import torch
from PIL import Image
from playwright.sync_api import Page

from day38 import IrisMLP, Predictor, Snapshots, TabularData, load_iris, train
from day38.explorer import explore
from tools.browser import browser

ROOT = Path(__file__).resolve().parent.parent
SEED, EPOCHS, LEARNING_RATE, RECORD_EVERY = 42, 20_000, 0.01, 200
SIZE = {"width": 1280, "height": 632}  # all but the hints below
GIF_COLOURS = 64
FRAME = 100  # milliseconds: ten frames a second


def lesson_run() -> tuple[TabularData, Snapshots]:
    """Train by the lesson's recipe; return the data and a copy of the model at each record."""
    iris = load_iris(seed=SEED)
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = IrisMLP()
    snapshots = Snapshots(model)
    train(
        model,
        [iris.train],
        epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
        record_every=RECORD_EVERY,
        on_record=snapshots,
        progress=False,
    )
    return iris, snapshots


def animation(page_file: Path) -> bytes:
    """Return the explorer in use as a GIF.

    The trained network; its training, played back; a unit switched off; a flower moved; and a new
    network, trained in the page.
    """
    shots: list[tuple[Image.Image, int]] = []  # each with its milliseconds

    def shoot(page: Page, milliseconds: int = FRAME) -> None:
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        shots.append((Image.open(io.BytesIO(page.screenshot())).convert("RGB"), milliseconds))

    with browser() as chromium:
        page = chromium.new_page(viewport=SIZE, color_scheme="light")
        page.goto(page_file.as_uri())
        page.wait_for_selector(".answer")
        shoot(page, 1_500)
        for frame in range(26):  # an even speed along the curve, whose epochs are logarithmic
            epoch = round((101 ** (frame / 25) - 1) * 200 / RECORD_EVERY) * RECORD_EVERY
            page.evaluate("epoch => explorer.set({ epoch })", min(epoch, EPOCHS))
            shoot(page)
        page.locator(".unit").nth(2).hover()
        shoot(page, 1_500)
        page.locator(".unit").nth(2).click()
        shoot(page, 1_500)
        page.locator(".unit").nth(2).click()
        page.mouse.move(0, 0)
        for step in range(9):  # the flower that is always judged wrong
            row = [6.2, round(2.2 + 0.1 * step, 2), 4.5, 1.5]
            page.evaluate("row => explorer.set({ row })", row)
            shoot(page)
        shoot(page, 1_000)
        page.evaluate("explorer.restart({ seed: 7, scaling: 'standard' })")
        for frame in range(20):
            steps = {"steps": 1 + frame * frame // 4, "rate": 0.1}
            page.evaluate("steps => explorer.train(steps)", steps)
            shoot(page)
        shoot(page, 2_000)
    wide = Image.new("RGB", (SIZE["width"], 3 * SIZE["height"]))  # its colours serve all shots
    for place, time in enumerate((0, len(shots) // 4, len(shots) - 1)):
        wide.paste(shots[time][0], (0, place * SIZE["height"]))
    palette = wide.quantize(GIF_COLOURS)
    first, *rest = [shot.quantize(palette=palette, dither=Image.Dither.NONE) for shot, _ in shots]
    lasting, buffer = [milliseconds for _, milliseconds in shots], io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=lasting, loop=0)
    return buffer.getvalue()


def main() -> None:
    """Write all three."""
    iris, snapshots = lesson_run()
    notes = {"seed": SEED, "epochs": EPOCHS, "learning_rate": LEARNING_RATE}
    model = snapshots[EPOCHS]
    Predictor(model, iris, notes=notes).save(ROOT / "day38" / "iris_mlp.safetensors")
    page_file = explore(snapshots, iris).save(ROOT / "assets" / "playground.html")
    content = animation(page_file)
    (ROOT / "assets" / "explorer.gif").write_bytes(content)
    print(f"已写入 assets/playground.html、assets/explorer.gif（{len(content) / 1e3:,.0f} kB）")


if __name__ == "__main__":
    main()
