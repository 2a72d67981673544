"""Draw the pictures of README and of notebook 1: `python -m tools.picture_assets`.

Everything is computed here from the lesson's own training run: seed 42, 20,000 epochs. On one
machine a second call writes the same files, byte for byte.
"""

import copy
import io
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import nbformat
import torch
import torchvista
from PIL import Image
from playwright.sync_api import Error, sync_playwright
from torch import nn

from day38 import (
    IrisData,
    IrisMLP,
    load_iris,
    plot_decision_regions,
    plot_loss,
    plot_network,
    plot_networks,
    train,
)
from tools.browser import chromium
from tools.outputs import ROOT

ASSETS = ROOT / "assets"
NOTEBOOK = ROOT / "notebooks" / "1_visualization.ipynb"
REGIONS = (0, 200, 1_000, 2_000, 5_000, 20_000)
FRAMES = (0, 200, 400, 600, 800, 1_000, 1_400, 2_000, 3_000, 4_000, 6_000, 9_000, 14_000, 20_000)


def pictures() -> dict[str, bytes]:
    """Train once and return the files by name."""
    iris = load_iris()
    torch.manual_seed(42)
    model = IrisMLP()
    snapshots = {0: copy.deepcopy(model)}
    history = train(
        model,
        [iris.train],
        epochs=20_000,
        record_every=200,
        on_record=lambda epoch, model, _: snapshots.update({epoch: copy.deepcopy(model)}),
        progress=sys.stderr.isatty(),
    )
    ends = {"Before training": snapshots[0], "After 20,000 epochs": model}
    regions = {f"Epoch {epoch:,}": snapshots[epoch] for epoch in REGIONS}
    return {
        "network.png": plot_network(model, iris, title="What 83 numbers have learned").png(),
        "network_before_after.png": plot_networks(ends, iris).png(),
        "loss.png": plot_loss(history).png(),
        "regions.png": plot_decision_regions(regions, iris).png(),
        "training.gif": animation({epoch: snapshots[epoch] for epoch in FRAMES}, iris),
    }


def animation(snapshots: dict[int, nn.Module], iris: IrisData) -> bytes:
    """Return the network learning, as a GIF that stops at the end for a while."""
    frames = []
    for epoch, model in snapshots.items():
        title = f"Epoch {epoch:,}"
        picture = plot_network(model, iris, title=title, weight_limit=2.8, activation_limit=5.0)
        picture.set_dpi(80)
        frames.append(Image.open(io.BytesIO(picture.png())))
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[700] * (len(frames) - 1) + [4000],
        loop=0,
    )
    return buffer.getvalue()


def graph() -> bytes | None:
    """Return what torchvista draws of notebook 1's network with a shortcut, seen by a browser.

    None where there is no Chromium.
    """
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    names = {"nn": nn}
    exec(cells["graph-model"], names)
    model = names["WithShortcut"]().eval()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "graph.html"
        with redirect_stdout(io.StringIO()):  # what IPython's display says outside a notebook
            torchvista.trace_model(
                model, torch.zeros(1, 4), show_module_attr_names=True, export_path=str(page_file)
            )
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        except Error:
            return None
        page = browser.new_page(viewport={"width": 620, "height": 820})
        page.goto(page_file.as_uri())
        page.wait_for_function("document.querySelectorAll('svg g[class^=node]').length >= 6")
        page.wait_for_timeout(1000)  # it moves into place
        picture = page.screenshot()
        browser.close()
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(64, dither=0)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main() -> int:
    """Write all pictures; return the exit status."""
    ASSETS.mkdir(exist_ok=True)
    made = pictures()
    drawn = graph()
    if drawn is None:
        print("没有找到 Chromium，torchvista.png 保持原样。", file=sys.stderr)
    else:
        made["torchvista.png"] = drawn
    for name, content in made.items():
        (ASSETS / name).write_bytes(content)
        print(f"已写入 assets/{name}（{len(content) / 1e3:,.0f} kB）")
    return 0


if __name__ == "__main__":
    sys.exit(main())
