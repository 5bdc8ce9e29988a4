"""Tells images on a dark background from those on a bright one, by their border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

# The frame in which the background is looked for, as a part of each side. Of an image
# of 28 x 28 pixels, that is the outermost row and column on each side.
_FRAME = 0.04
# Brightness up to which a border is dark, and from which it is bright.
_DARK, _BRIGHT = 1 / 3, 2 / 3
# Part of the training images that must have the same kind of border.
_NEARLY_ALL = 0.95
# Sides, in pixels. A smaller image has no border that could be told from its middle.
_SMALLEST = 3


class Background(BaseModel):
    """How dark or bright the backgrounds of the training images are.

    Attributes:
        images: Number of images that were measured.
        dark: Part of them that has a dark border, 0 to 1.
        bright: Part of them that has a bright border, 0 to 1.
    """

    model_config = ConfigDict(frozen=True)

    images: int
    dark: float
    bright: float

    @classmethod
    def of_borders(cls, borders: Sequence[float]) -> Background | None:
        """Counts the kinds of borders.

        Args:
            borders: The brightness of each image's border, 0 to 1.

        Returns:
            Their parts; None without images.
        """
        if not borders:
            return None
        return cls(
            images=len(borders),
            dark=float(np.mean([border <= _DARK for border in borders])),
            bright=float(np.mean([border >= _BRIGHT for border in borders])),
        )

    def is_opposite(self, border: float | None) -> bool:
        """Returns whether an image is a negative beside the training images.

        Args:
            border: The brightness of its border, 0 to 1; None if it has no border.

        Returns:
            True if nearly all training images have a dark border and this one is
            bright, or the reverse.
        """
        if border is None:
            return False
        return (self.dark >= _NEARLY_ALL and border >= _BRIGHT) or (
            self.bright >= _NEARLY_ALL and border <= _DARK
        )


def measure_border(pixels: np.ndarray) -> float | None:
    """Measures the brightness of an image's border.

    It is the median, so things that reach over the edge don't count as long as the
    background makes up more than half of the border.

    Args:
        pixels: Grey pixels, uint8 array of shape (height, width) or
            (height, width, 1).

    Returns:
        The brightness, 0 to 1; None if the image is less than 3 pixels high or wide.
    """
    if min(pixels.shape[:2]) < _SMALLEST:
        return None
    is_border = np.ones(pixels.shape[:2], bool)
    rows, columns = (max(1, round(side * _FRAME)) for side in pixels.shape[:2])
    is_border[rows:-rows, columns:-columns] = False
    return float(np.median(pixels[is_border])) / 255
