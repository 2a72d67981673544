"""Handwritten digits at random places of a noisy picture, and a small network that reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

CANVAS, DIGIT, MARK = 20, 8, 3  # side lengths in pixels
INK, NOISE = 0.4, 0.12  # greatest brightness of a digit and of the background; a mark's is 1


@dataclass(frozen=True)
class DigitScenes:
    """Pictures with one digit each.

    Attributes
    ----------
    images : Tensor
        float32 of shape (pictures, 1, 20, 20), from 0 (black) to 1 (white).
    digits : Tensor
        int64 of shape (pictures,): which digit, 0 to 9.
    corners : Tensor
        int64 of shape (pictures, 2): row and column of the top left pixel of the 8×8 digit.
    """

    images: Tensor
    digits: Tensor
    corners: Tensor

    def batches(self, size: int = 64) -> list[tuple[Tensor, Tensor]]:
        """Return (images, digits) pairs of `size` pictures."""
        return list(zip(self.images.split(size), self.digits.split(size), strict=True))


def load_digit_scenes(seed: int = 0, copies: int = 2) -> tuple[DigitScenes, DigitScenes]:
    """Place scikit-learn's 1,797 digits (no download) on noise; a quarter is kept for the test.

    Parameters
    ----------
    seed : int
        Of the split, the places and the noise.
    copies : int
        How often each training digit is placed, each time elsewhere.

    Returns
    -------
    train, test : DigitScenes
        On the CPU, shuffled.
    """
    from sklearn.datasets import load_digits

    generator = torch.Generator().manual_seed(seed)
    pixels, digits = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
    shuffled = torch.randperm(len(digits), generator=generator)
    train, test = shuffled[len(shuffled) // 4 :], shuffled[: len(shuffled) // 4]
    pictures = (INK * pixels / 16).float().reshape(-1, DIGIT, DIGIT)

    def placed(chosen: Tensor) -> DigitScenes:
        count = len(chosen)
        chosen = chosen[torch.randperm(count, generator=generator)]
        corners = torch.randint(CANVAS - DIGIT + 1, (count, 2), generator=generator)
        images = NOISE * torch.rand(count, 1, CANVAS, CANVAS, generator=generator)
        for image, picture, (row, column) in zip(images, pictures[chosen], corners, strict=True):
            place = image[0, row : row + DIGIT, column : column + DIGIT]
            torch.maximum(place, picture, out=place)
        return DigitScenes(images, digits[chosen].long(), corners)

    return placed(train.repeat(copies)), placed(test)


def with_mark(scenes: DigitScenes, chosen: Tensor) -> DigitScenes:
    """Return the same pictures, those chosen with a white 3×3 mark in the top left corner.

    `scenes` stay as they are; `chosen` is bool of shape (pictures,).
    """
    images = scenes.images.clone()
    images[chosen, :, :MARK, :MARK] = 1
    return replace(scenes, images=images)


class DigitCNN(nn.Module):
    """Three convolutions with batch norm, the average over the whole picture, one linear layer.

    Averaging over all places makes the network read a digit wherever it stands, and leaves the last
    convolution with maps that still know the place: those are what Grad-CAM looks at.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            *_convolution(1, 16), nn.MaxPool2d(2), *_convolution(16, 32), *_convolution(32, 32)
        )
        self.output = nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Turn images of shape (pictures, 1, height, width) into logits (pictures, 10)."""
        return self.output(self.convolutions(images).mean(dim=(2, 3)))


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
