"""Make what the repository shows and ships from one training run: `make assets`.

assets/explorer.gif (Chromium) for README, and day38/iris_mlp.safetensors.
"""

import io
import tempfile
from pathlib import Path

import torch
from PIL import Image

from day38 import IrisMLP, Predictor, Snapshots, TabularData, load_iris, train
from day38.explorer import explore
from tools.browser import browser

ROOT = Path(__file__).resolve().parent.parent
SEED, EPOCHS, LEARNING_RATE, RECORD_EVERY = 42, 20_000, 0.01, 200
GIF_COLOURS = 128


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
    """Return the explorer in use as a GIF: playing, a unit switched off, a flower moved."""
    shots: list[tuple[Image.Image, int]] = []  # each with its milliseconds

    def shoot(milliseconds: int, **state: object) -> None:
        page.evaluate("state => window.explorer.set(state)", state)
        shots.append((Image.open(io.BytesIO(page.screenshot())).convert("RGB"), milliseconds))

    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 660})
        page.goto(page_file.as_uri())
        for epoch in (0, 200, 400, 800, 1_200, 2_000, 3_000, 5_000, 8_000, 12_000):
            shoot(350, epoch=epoch)
        shoot(1_500, epoch=EPOCHS)
        page.locator("#hidden button").nth(3).hover()
        shoot(1_500)
        shoot(1_800, off=[3])
        page.mouse.move(0, 0)
        for width in (2.2, 2.3, 2.4, 2.5, 2.6, 2.8, 3.0):  # the flower that is always judged wrong
            shoot(400, off=[], row=[6.2, width, 4.5, 1.5])
        shoot(2_500)
    palette = shots[-1][0].quantize(GIF_COLOURS)
    first, *rest = [shot.quantize(palette=palette, dither=Image.Dither.NONE) for shot, _ in shots]
    lasting, buffer = [milliseconds for _, milliseconds in shots], io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=lasting, loop=0)
    return buffer.getvalue()


def main() -> None:
    """Write both files."""
    iris, snapshots = lesson_run()
    model = snapshots[EPOCHS]
    notes = {"seed": SEED, "epochs": EPOCHS, "learning_rate": LEARNING_RATE}
    Predictor(model, iris, notes=notes).save(ROOT / "day38" / "iris_mlp.safetensors")
    with tempfile.TemporaryDirectory() as folder:
        page_file = explore(snapshots, iris).save(Path(folder) / "explorer.html")
        content = animation(page_file)
    (ROOT / "assets" / "explorer.gif").write_bytes(content)
    print(f"已写入 assets/explorer.gif（{len(content) / 1e3:,.0f} kB）")


if __name__ == "__main__":
    main()
