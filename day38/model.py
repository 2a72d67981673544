"""The lesson's network and the size of any network.

Taught in notebook 1, sections "模型" and "1.1".
"""

from torch import Tensor, nn

from day38.checks import whole_number


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

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number from 1 on.
    """

    def __init__(self, inputs: int = 4, hidden: int = 10, classes: int = 3) -> None:
        super().__init__()
        inputs = whole_number("inputs", inputs, minimum=1)
        hidden = whole_number("hidden", hidden, minimum=1)
        classes = whole_number("classes", classes, minimum=1)
        self.hidden = nn.Linear(inputs, hidden)
        self.relu = nn.ReLU()
        self.output = nn.Linear(hidden, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        """Turn inputs of shape (rows, features) into logits of shape (rows, classes)."""
        return self.output(self.relu(self.hidden(inputs)))


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers `model` learns, weights and biases together.

    A tensor that several layers share counts once, as in ``model.parameters()``.

    Raises
    ------
    TypeError
        If `model` is not a PyTorch module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"count_parameters 要的是一个 nn.Module 模型，收到的是 {type(model).__name__}。"
            "请传入模型对象本身，例如 count_parameters(IrisMLP())。"
        )
    return sum(parameter.numel() for parameter in model.parameters())
