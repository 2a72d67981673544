"""Networks to show, and how to wait for the page that shows them."""

from collections.abc import Callable
from itertools import pairwise

import torch
from playwright.sync_api import Page
from torch import nn

from day38 import Snapshots, TabularData, train


def trained(model: nn.Module, data: TabularData, epochs: int = 400) -> Snapshots:
    """Return snapshots at the epochs 0, 100 … 400."""
    snapshots = Snapshots(model)
    options = {"learning_rate": 0.2, "record_every": 100, "progress": False}
    train(model, [data.train], epochs=epochs, on_record=snapshots, **options)
    return snapshots


def chain(*sizes: int, activation: Callable = nn.ReLU, norm: bool = False) -> nn.Sequential:
    torch.manual_seed(42)
    steps: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        steps += [nn.Linear(inputs, outputs), *([nn.BatchNorm1d(outputs)] if norm else [])]
        steps.append(activation())
    return nn.Sequential(*steps[: -2 if norm else -1])


def redrawn(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def until(page: Page, condition: str) -> None:
    """Wait for a condition; the page's policy forbids Playwright's own way of asking."""
    while not page.evaluate(condition):
        page.evaluate("() => new Promise(done => setTimeout(done, 50))")
