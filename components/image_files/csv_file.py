"""Lists the image files that a CSV file names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from components.errors import InputError
from components.image_files.image_file import SPLIT_NAMES, ImageFile

_NAMED = 3


class CsvSettings(Protocol):
    """The settings that say how a CSV file is read."""

    @property
    def image_column(self) -> str:
        """Column of the files."""

    @property
    def label_column(self) -> str:
        """Column of the classes."""

    @property
    def split_column(self) -> str | None:
        """Column of the splits."""


@dataclass(frozen=True)
class CsvColumns:
    """Names of the columns of a CSV file.

    Attributes:
        image: Column of the files.
        label: Column of the classes.
        split: Column of the splits; None if there is none.
    """

    image: str = "image"
    label: str = "label"
    split: str | None = None

    @classmethod
    def of(cls, settings: CsvSettings) -> CsvColumns:
        """Returns the columns that the settings name."""
        return cls(settings.image_column, settings.label_column, settings.split_column)


def list_csv(path: Path, columns: CsvColumns) -> list[ImageFile]:
    """Lists the images of a CSV file with a header.

    Args:
        path: The file, in UTF-8. The paths in it are relative to its folder.
        columns: Names of its columns.

    Returns:
        The images, in the order of the file.

    Raises:
        InputError: If the file can't be read, a column is missing, or a row lacks a
            value or names a file that isn't there.
    """
    files = [_image(path, row, number, columns) for number, row in _rows(path, columns)]
    missing = [file.path for file in files if not Path(file.path).is_file()]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise InputError(
            f"The files of a CSV must be there; {path} names "
            f"{', '.join(missing[:_NAMED])}{more}, which are not; paths are relative "
            f"to the folder of the CSV, so correct them or move the CSV."
        )
    return files


def _rows(path: Path, columns: CsvColumns) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields each row with the number of its line."""
    try:
        # Spreadsheets write a byte order mark; newline="" is what csv asks for.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_columns(path, reader.fieldnames or [], columns)
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"A CSV file of images must be readable and in UTF-8; reading {path} "
            f"failed: {error}; save it anew in that form."
        ) from error


def _check_columns(path: Path, found: object, columns: CsvColumns) -> None:
    names = list(found) if isinstance(found, (list, tuple)) else []
    for option, column in (
        ("--image-column", columns.image),
        ("--label-column", columns.label),
        ("--split-column", columns.split),
    ):
        if column is not None and column not in names:
            raise InputError(
                f"A CSV file of images must have the column {column!r}; {path} has "
                f"{', '.join(map(repr, names)) or 'none'}; name the right one with "
                f"{option}."
            )


def _image(
    path: Path, row: dict[str, str], number: int, columns: CsvColumns
) -> ImageFile:
    for column in (columns.image, columns.label):
        if not (row[column] or "").strip():
            raise InputError(
                f"Every row of a CSV must have a file and a class; line {number} of "
                f"{path} has no {column!r}; complete or remove it."
            )
    split = None
    if columns.split is not None:
        word = (row[columns.split] or "").strip()
        split = SPLIT_NAMES.get(word.lower())
        if split is None:
            raise InputError(
                f"The column {columns.split!r} must hold {', '.join(SPLIT_NAMES)}; "
                f"line {number} of {path} has {word!r}; correct it."
            )
    file = path.parent / row[columns.image].strip()
    return ImageFile(str(file.absolute()), row[columns.label].strip(), split)
