"""Lists image files by their names: those in class folders, or those of a CSV file."""

from __future__ import annotations

from pathlib import Path

from components.errors import InputError
from components.image_files.csv_file import CsvColumns, list_csv
from components.image_files.folders import IMAGE_SUFFIXES, LAYOUT, list_folder
from components.image_files.image_file import Listing, Problem

# Every pair of classes is counted and shown.
_MOST_CLASSES = 1000


def list_images(images: str, columns: CsvColumns) -> Listing:
    """Lists image files, and reads none of them.

    Args:
        images: A folder of class folders, or a CSV file.
        columns: The columns of a CSV file.

    Returns:
        The files.

    Raises:
        InputError: If there are none, or they can't be divided into classes.
    """
    path = Path(images).expanduser()
    problems: list[Problem] = []
    if path.is_dir():
        files = list(list_folder(path, problems))
    elif path.is_file() and path.suffix.lower() == ".csv":
        files = list_csv(path, columns)
    else:
        what = "isn't there" if not path.exists() else "is neither"
        raise InputError(
            f"--images must be a folder or a CSV file; {path} {what}; name another one."
        )
    if not files:
        raise InputError(
            f"--images must hold image files ({', '.join(sorted(IMAGE_SUFFIXES))}); "
            f"{path} holds none in {LAYOUT}; put them there, or name another folder."
        )
    class_names = tuple(sorted({file.class_name for file in files}))
    if not 1 < len(class_names) <= _MOST_CLASSES:
        raise InputError(
            f"--images must have 2 to {_MOST_CLASSES} classes with images; {path} has "
            f"{len(class_names)}; give each class a folder of its own ({LAYOUT})."
        )
    return Listing(
        str(path),
        class_names,
        tuple(sorted(files, key=lambda file: file.path)),
        tuple(problems),
    )
