"""Defines an image file, and what a folder or a CSV file has of them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from components.errors import InputError

SPLIT_NAMES = {
    "train": "train",
    "test": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
"""Names of folders and values of a CSV's column, and the split that each means."""

# Unicode's categories of control characters, halves of characters, and line ends.
_NOT_TEXT = {"Cc", "Cs", "Zl", "Zp"}


def to_printable(text: str) -> str:
    r"""Replaces line ends, control characters and bytes that are no UTF-8.

    Args:
        text: A path, for example.

    Returns:
        Text of one line that can be printed and written as UTF-8.

    Example:
        >>> print(to_printable("one\ntwo"))
        one\ntwo
    """
    return "".join(
        each.encode("unicode_escape").decode()
        if unicodedata.category(each) in _NOT_TEXT
        else each
        for each in text
    )


def to_class_name(name: str, place: str) -> str:
    """Returns the name of a class in its composed form.

    The same accent can be one character or two. Systems differ in which they write.

    Args:
        name: Name of a folder, or a label of a CSV file.
        place: Where it was found, for the error.

    Returns:
        The name.

    Raises:
        InputError: If the name has control characters or isn't UTF-8.
    """
    if to_printable(name) != name:
        raise InputError(
            f"The name of a class must be UTF-8 text of one line; "
            f"{to_printable(place)} has {name!a}; rename it."
        )
    return unicodedata.normalize("NFC", name)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file, a folder or a class.

    Attributes:
        path: The file or folder; `class NAME` if it concerns a class.
        what: What is wrong with it. The same words for all problems of a kind.
        done: What was done about it.
        detail: What is special about this one; empty if nothing is.
    """

    path: str
    what: str
    done: str = "left out"
    detail: str = ""

    def __str__(self) -> str:
        """Returns a sentence of one line, without a full stop."""
        detail = f" ({self.detail})" if self.detail else ""
        return to_printable(f"{self.path}: {self.what}{detail}; {self.done}")


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that is said to be an image.

    Attributes:
        path: The file.
        class_name: Its class.
        split: Its split: `train`, `validation` or `test`. None if no test split was
            given, and the file's content has to decide.
    """

    path: str
    class_name: str
    split: str | None


@dataclass(frozen=True, slots=True)
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
