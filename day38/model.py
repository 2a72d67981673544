"""The lesson's network, the size of any network, and its modes."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


class IrisMLP(nn.Module):
    """A network with one hidden layer: Linear, ReLU, Linear.

    Parameters
    ----------
    inputs : int
        Features of one sample.
    hidden : int
        Units of the hidden layer.
    classes : int
        Classes to tell apart.
    """

    def __init__(self, inputs: int = 4, hidden: int = 10, classes: int = 3) -> None:
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.relu = nn.ReLU()
        self.output = nn.Linear(hidden, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        """Turn inputs of shape (rows, features) into logits of shape (rows, classes)."""
        return self.output(self.relu(self.hidden(inputs)))


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers `model` learns: weights and biases, a shared tensor once."""
    return sum(parameter.numel() for parameter in model.parameters())


def not_compiled(model: nn.Module) -> nn.Module:
    """Return what torch.compile was given, if `model` comes from it, else `model` itself."""
    return getattr(model, "_orig_mod", model)


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Give every submodule its own train or eval mode back at the end.

    ``model.train()`` alone would wake layers that were put into eval mode on purpose.
    """
    modes = {module: module.training for module in model.modules()}
    try:
        yield
    finally:
        for module, mode in modes.items():
            if module.training != mode:  # for a module to set is slower than to ask
                module.training = mode
