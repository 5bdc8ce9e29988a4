"""Finds the image files that a user names: files, folders, and patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.image_files.folders import IMAGE_SUFFIXES, is_passed_over
from components.image_files.image_file import to_printable

_SUFFIXES = ", ".join(sorted(IMAGE_SUFFIXES))


@dataclass(frozen=True)
class NamedFile:
    """A file to classify.

    Attributes:
        title: Name for the user: its path in the folder that holds all named files.
        path: The file.
        problem: Why there is nothing to classify; empty if there is.
    """

    title: str
    path: Path
    problem: str = ""


def find_images(
    arguments: Sequence[str], others: Sequence[str] = ()
) -> list[NamedFile]:
    """Finds image files, and reads none of them.

    Args:
        arguments: Each is a file of any name; a folder, in which image files are looked
            for on all levels; or a pattern with `*`, `?`, `[...]` or `**`.
        others: Patterns of files that are wanted of a folder beside its images.

    Returns:
        The files, each once, in the order of the arguments. An argument that names no
        image has an entry that says why.
    """
    found: dict[str, tuple[Path, str]] = {}
    for argument in arguments:
        for path, problem in _find(argument, others):
            found.setdefault(os.path.abspath(path), (path, problem))  # noqa: PTH100
    folders = [os.path.dirname(path) for path in found]
    common = os.path.commonpath(folders) if folders else ""
    return [
        NamedFile(to_printable(os.path.relpath(path, common)), path, problem)
        for path, problem in found.values()
    ]


def is_image(path: Path) -> bool:
    """Tells by the ending of a file's name whether it is an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def _find(argument: str, others: Sequence[str]) -> Iterator[tuple[Path, str]]:
    path = Path(argument).expanduser()
    # A file whose name looks like a pattern is meant itself. These functions take a
    # path that can't exist for one that doesn't.
    if os.path.exists(path):  # noqa: PTH110
        yield from _expand(path, others)
        return
    if glob.has_magic(argument):
        matches = sorted(glob.glob(os.fspath(path), recursive=True))
        for match in matches:
            yield from _expand(Path(match), others)
        if not matches:
            yield path, "no file has such a name"
        return
    yield path, "is not there"


def _expand(path: Path, others: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Yields a file, or the files in a folder."""
    if not path.is_dir():
        # Reading a pipe could wait for ever.
        yield path, "" if path.is_file() else "is not a regular file"
        return
    files = list(_walk(path, others))
    yield from ((file, "") for file in files)
    if not files:
        yield path, f"holds no image files ({_SUFFIXES})"


def _walk(folder: Path, others: Sequence[str]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        # In place, which is how `os.walk` is told where to go.
        folders[:] = sorted(each for each in folders if not is_passed_over(each))
        for name in sorted(names):
            path = Path(parent, name)
            is_other = any(map(path.match, others)) and path.is_file()
            is_wanted = is_image(path) or is_other
            if is_wanted and not is_passed_over(name):
                yield path
