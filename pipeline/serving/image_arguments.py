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


def find_images(arguments: Sequence[str]) -> list[NamedFile]:
    """Finds image files, and reads none of them.

    Args:
        arguments: Each is a file of any name; a folder, in which image files are looked
            for on all levels; or a pattern with `*`, `?`, `[...]` or `**`.

    Returns:
        The files, each once, in the order of the arguments. An argument that names no
        image has an entry that says why.
    """
    found: dict[Path, str] = {}
    for argument in arguments:
        for path, problem in _find(argument):
            found.setdefault(path, problem)
    folders = [os.path.dirname(os.path.abspath(path)) for path in found]  # noqa: PTH100
    common = os.path.commonpath(folders) if folders else ""
    return [
        NamedFile(to_printable(os.path.relpath(path, common)), path, problem)
        for path, problem in found.items()
    ]


def _find(argument: str) -> Iterator[tuple[Path, str]]:
    path = Path(argument).expanduser()
    # A file whose name looks like a pattern is meant itself. These functions take a
    # path that can't exist for one that doesn't.
    if os.path.exists(path):  # noqa: PTH110
        yield from _expand(path)
        return
    if glob.has_magic(argument):
        matches = sorted(glob.glob(os.fspath(path), recursive=True))
        for match in matches:
            yield from _expand(Path(match))
        if not matches:
            yield path, "no file has such a name"
        return
    yield path, "is not there"


def _expand(path: Path) -> Iterator[tuple[Path, str]]:
    """Yields a file, or the image files in a folder."""
    if not path.is_dir():
        # Reading a pipe could wait for ever.
        yield path, "" if path.is_file() else "is not a regular file"
        return
    images = list(_walk(path))
    yield from ((image, "") for image in images)
    if not images:
        yield path, f"holds no image files ({_SUFFIXES})"


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        # In place, which is how `os.walk` is told where to go.
        folders[:] = sorted(each for each in folders if not is_passed_over(each))
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix.lower() in IMAGE_SUFFIXES and not is_passed_over(name):
                yield path
