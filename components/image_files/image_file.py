"""Defines an image file, and what a folder or a CSV file has of them."""

from __future__ import annotations

from dataclasses import dataclass

SPLIT_NAMES = {
    "train": "train",
    "test": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
"""Names of folders and values of a CSV's column, and the split that each means."""


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file or folder.

    Attributes:
        path: The file or folder.
        what: What is wrong with it.
        done: What was done about it.
    """

    path: str
    what: str
    done: str = "left out"

    def __str__(self) -> str:
        """Returns a sentence without a full stop."""
        return f"{self.path}: {self.what}; {self.done}"


@dataclass(frozen=True)
class ImageFile:
    """A file that is an image by its name.

    Attributes:
        path: The file.
        class_name: Its class.
        split: Its split; None if the images aren't divided yet.
    """

    path: str
    class_name: str
    split: str | None


@dataclass(frozen=True)
class Listing:
    """The image files of a folder or a CSV file.

    Attributes:
        root: The folder or the CSV file.
        class_names: The classes, sorted.
        files: The files, sorted by path.
        problems: What isn't used, and why.
    """

    root: str
    class_names: tuple[str, ...]
    files: tuple[ImageFile, ...]
    problems: tuple[Problem, ...]
