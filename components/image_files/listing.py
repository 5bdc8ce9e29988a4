"""Lists image files by their names: those in class folders, or those of a CSV file."""

from __future__ import annotations

import os
from pathlib import Path

from components.errors import InputError
from components.image_files.csv_file import list_csv
from components.image_files.folders import IMAGE_SUFFIXES, LAYOUT, list_folder
from components.image_files.image_file import Listing, Problem, to_printable
from components.parameters import DataParameters

# Every pair of classes is counted and shown.
_MOST_CLASSES = 1000


def list_images(images: str, parameters: DataParameters) -> Listing:
    """Lists image files, and reads none of them.

    Args:
        images: A folder of class folders, or a CSV file.
        parameters: The settings that name the columns of a CSV file.

    Returns:
        The files.

    Raises:
        InputError: If there are none, or they can't be divided into classes.
    """
    path = images
    # A path from an empty name would be the current folder.
    if images and "://" not in images:
        path = os.fspath(Path(images).expanduser())
    problems: list[Problem] = []
    # These functions take a path that can't exist for one that doesn't.
    if os.path.isdir(path):  # noqa: PTH112
        files, problems = list_folder(path)
    elif os.path.isfile(path) and path.lower().endswith(".csv"):  # noqa: PTH113
        files = list_csv(Path(path), parameters)
    else:
        what = "is something else" if os.path.exists(path) else "isn't there"  # noqa: PTH110
        raise InputError(
            f"--images must be a folder or a .csv file on this machine; "
            f"{to_printable(path) or 'an empty name'} {what}; name another one."
        )
    _check_count(path, len(files), problems)
    class_names = tuple(sorted({file.class_name for file in files}))
    _check_classes(path, class_names)
    return Listing(
        path,
        class_names,
        tuple(sorted(files, key=lambda file: file.path)),
        tuple(problems),
    )


def _check_count(path: str, count: int, problems: list[Problem]) -> None:
    if not count:
        first = f", but {problems[0]}" if problems else ""
        raise InputError(
            f"--images must hold image files ({', '.join(sorted(IMAGE_SUFFIXES))}); "
            f"{to_printable(path)} holds none{first}; arrange them as {LAYOUT}."
        )


def _check_classes(path: str, class_names: tuple[str, ...]) -> None:
    count = len(class_names)
    if not 1 < count <= _MOST_CLASSES:
        received = f"only {class_names[0]!r}" if count == 1 else f"{count:,}"
        raise InputError(
            f"--images must have 2 to {_MOST_CLASSES:,} classes with images; "
            f"{to_printable(path)} has {received}; give each class a folder "
            f"({LAYOUT}) or a label of its own."
        )
