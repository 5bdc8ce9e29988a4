"""Defines what ExampleGen reads from: a source of images, in shards of its splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Protocol

import tensorflow as tf

from components.data_description import DataDescription

# An automatic size is between these, in pixels: the given network takes no smaller
# images, and larger ones take long to train on.
_SHORTEST_SIDE, _ENLARGED_SIDE, _LONGEST_SIDE = 18, 32, 128


class Records(Protocol):
    """A part of a split that one worker reads. It can be pickled."""

    def batches(self) -> tf.data.Dataset:
        """Reads the images and their labels.

        Returns:
            A dataset of (encoded images, string of shape (N,); labels, int64 of shape
            (N,)).
        """


@dataclass(frozen=True)
class Source:
    """A set of images.

    Attributes:
        description: Its classes, and the images that the network takes.
        splits: The parts of each split: `train`, `test` and possibly `validation`.
        checksums: SHA-256 of each source file, by its name; empty if none is known.
        problems: A sentence for each image that was left out.
    """

    description: DataDescription
    splits: Mapping[str, Sequence[Records]]
    checksums: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()


def choose_size(given: str, sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Chooses the size of the network's images.

    Args:
        given: `HxW` in pixels, or `auto` for the median size of the images, scaled
            so that its longer side is at most 128 pixels and its shorter one at least
            18.
        sizes: Height and width of images, at least one, in pixels.

    Returns:
        Height and width, in pixels.
    """
    if given != "auto":
        height, width = map(int, given.split("x"))
        return height, width
    heights, widths = zip(*sizes, strict=True)
    height, width = median_low(heights), median_low(widths)
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    if min(height, width) * scale < _SHORTEST_SIDE:
        scale = _ENLARGED_SIDE / min(height, width)
    return round(height * scale), round(width * scale)
