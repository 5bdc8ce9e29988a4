"""Defines what ExampleGen reads from: a source of images, in shards of its splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import tensorflow as tf

from components.data_description import DataDescription


class Records(Protocol):
    """A part of a split that one worker reads. It can be pickled."""

    @property
    def count(self) -> int:
        """About how many images there are, to show the progress of reading them."""

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

    @property
    def count(self) -> int:
        """About how many images there are in all splits."""
        return sum(part.count for parts in self.splits.values() for part in parts)
