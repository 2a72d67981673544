"""The lesson's training in four ways, from the plain loop to arithmetic alone.

Every way of `RUNGS` does the same 83-parameter, full-batch SGD steps and ends at the same loss;
they differ only in how much work surrounds the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from day38.data import load_iris
from day38.model import IrisMLP

LEARNING_RATE = 0.01


@cache
def training_rows() -> tuple[Tensor, Tensor]:
    """Return the training rows, split once: what is timed is the training."""
    with torch.inference_mode(False):  # else no training could use them any more
        return load_iris().train


def start() -> tuple[IrisMLP, Tensor, Tensor]:
    """Return the same untrained model and the training rows, on the CPU, every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(42)
        model = IrisMLP()
    return model, *training_rows()


def plain_loop(epochs: int) -> float:
    """Forward, loss, zero_grad, backward, step: the loop of the lesson."""
    model, inputs, targets = start()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        loss = functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def no_optimizer(epochs: int) -> float:
    """Ask autograd for the gradients and apply them in one call: no optimizer, no zero_grad."""
    model, inputs, targets = start()
    parameters = list(model.parameters())
    values = [parameter.detach() for parameter in parameters]
    for _ in range(epochs):
        loss = functional.cross_entropy(model(inputs), targets)
        gradients = torch.autograd.grad(loss, parameters)
        torch._foreach_add_(values, gradients, alpha=-LEARNING_RATE)
    return loss.item()


@torch.inference_mode()
def by_hand(epochs: int) -> float:
    """Write the gradients down, so that nothing has to be recorded on the way forward."""
    model, inputs, targets = start()
    first, first_bias, second, second_bias = (parameter.clone() for parameter in model.parameters())
    shares = functional.one_hot(targets, 3).float()
    for _ in range(epochs):
        hidden = torch.addmm(first_bias, inputs, first.t()).relu_()
        logits = torch.addmm(second_bias, hidden, second.t())
        by_logits = logits.softmax(dim=1).sub_(shares).div_(len(inputs))
        by_hidden = torch.mm(by_logits, second).mul_(hidden > 0)
        second.addmm_(by_logits.t(), hidden, alpha=-LEARNING_RATE)
        second_bias.sub_(by_logits.sum(dim=0), alpha=LEARNING_RATE)
        first.addmm_(by_hidden.t(), inputs, alpha=-LEARNING_RATE)
        first_bias.sub_(by_hidden.sum(dim=0), alpha=LEARNING_RATE)
    return float(functional.cross_entropy(logits, targets))


def in_numpy(epochs: int) -> float:
    """The same by hand in NumPy, which starts an operation faster than PyTorch does."""
    model, inputs, targets = start()
    rows, labels = inputs.numpy(), targets.numpy()
    first, first_bias, second, second_bias = (
        parameter.detach().numpy().copy() for parameter in model.parameters()
    )
    shares = numpy.eye(3, dtype=numpy.float32)[labels]
    step = numpy.float32(LEARNING_RATE)
    for _ in range(epochs):
        hidden = numpy.maximum(rows @ first.T + first_bias, 0)
        powers = numpy.exp(hidden @ second.T + second_bias)
        probabilities = powers / powers.sum(axis=1, keepdims=True)
        by_logits = (probabilities - shares) / numpy.float32(len(rows))
        by_hidden = (by_logits @ second) * (hidden > 0)
        second -= step * (by_logits.T @ hidden)
        second_bias -= step * by_logits.sum(axis=0)
        first -= step * (by_hidden.T @ rows)
        first_bias -= step * by_hidden.sum(axis=0)
    return float(-numpy.log(probabilities[numpy.arange(len(rows)), labels]).mean())


# Names for pictures and tables, slowest first.
RUNGS: dict[str, Callable[[int], float]] = {
    "plain loop": plain_loop,
    "autograd.grad, _foreach_add_": no_optimizer,
    "gradients by hand, torch": by_hand,
    "gradients by hand, NumPy": in_numpy,
}
