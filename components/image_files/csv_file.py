"""Lists the image files that a CSV file names."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

from components.errors import InputError
from components.image_files.image_file import (
    SPLIT_NAMES,
    ImageFile,
    to_class_name,
    to_printable,
)
from components.parameters import DataParameters

_NAMED = 3
# The comma is the rule. Spreadsheets write semicolons where numbers have commas.
_DELIMITERS = (",", ";", "\t")


def list_csv(path: Path, parameters: DataParameters) -> list[ImageFile]:
    """Lists the images of a CSV file with a header.

    Their names need no suffix of an image format, since the file says what they are.

    Args:
        path: The file, in UTF-8, with commas, semicolons or tabs between the columns.
            The paths in it are absolute or relative to its folder.
        parameters: The settings that name its columns.

    Returns:
        The images, in the order of the file.

    Raises:
        InputError: If the file can't be read, a column is missing, or a row lacks a
            value or names a file that isn't there.
    """
    files = [
        _image(path, row, line, parameters) for line, row in _rows(path, parameters)
    ]
    missing = [file.path for file in files if not os.path.isfile(file.path)]  # noqa: PTH113
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        raise InputError(
            f"The files of a CSV must be there; {path} names "
            f"{', '.join(map(to_printable, missing[:_NAMED]))}{more}, which "
            f"{'is' if len(missing) == 1 else 'are'} not; correct the paths, which are "
            f"absolute or relative to the folder of the CSV."
        )
    if all(file.split != "test" for file in files):
        # Without a test split, the content of the images decides.
        return [
            ImageFile(file.path, file.class_name, None)
            if file.split == "train"
            else file
            for file in files
        ]
    return files


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Reads a CSV file without knowing its columns.

    Args:
        path: The file.

    Yields:
        Number of the last line of each row, and its cells; the header first.

    Raises:
        OSError, UnicodeDecodeError, csv.Error: If the file can't be read.
    """
    # Spreadsheets write a byte order mark; newline="" is what csv asks for.
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        delimiter = max(_DELIMITERS, key=header.count)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        for row in reader:
            if row:
                yield reader.line_num, [cell.strip() for cell in row]


def _rows(
    path: Path, parameters: DataParameters
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields each row with the number of its last line, the cells by column."""
    try:
        rows = read_rows(path)
        _, header = next(rows, (0, []))
        _check_columns(path, header, parameters)
        for line, row in rows:
            if len(row) > len(header):
                raise InputError(
                    f"A row of a CSV must not be longer than the first; line {line} of "
                    f"{path} has {len(row)} cells and the first has {len(header)}; put "
                    f"quotation marks around cells that contain the delimiter."
                )
            # A row that is too short lacks its last cells.
            yield line, dict(zip(header, row, strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"A CSV file of images must be readable and in UTF-8; reading {path} "
            f"failed: {error}; save it anew in that form."
        ) from error


def _check_columns(path: Path, header: list[str], parameters: DataParameters) -> None:
    for option, column in (
        ("--image-column", parameters.image_column),
        ("--label-column", parameters.label_column),
        ("--split-column", parameters.split_column),
    ):
        if column is not None and header.count(column) != 1:
            raise InputError(
                f"A CSV file of images must have one column {column!r}; {path} has "
                f"{', '.join(map(repr, header)) or 'none'}; name the right one with "
                f"{option}."
            )


def _image(
    path: Path, row: dict[str, str], line: int, parameters: DataParameters
) -> ImageFile:
    for column in (parameters.image_column, parameters.label_column):
        if not row.get(column):
            raise InputError(
                f"Every row of a CSV must have a file and a label; line {line} of "
                f"{path} has no {column!r}; complete or remove it."
            )
    split = None
    if parameters.split_column is not None:
        word = row.get(parameters.split_column, "")
        split = SPLIT_NAMES.get(word.lower())
        if split is None:
            raise InputError(
                f"The column {parameters.split_column!r} must hold "
                f"{', '.join(SPLIT_NAMES)}; line {line} of {path} has {word!r}; "
                f"correct it."
            )
    return ImageFile(
        os.path.abspath(path.parent / row[parameters.image_column]),  # noqa: PTH100
        to_class_name(row[parameters.label_column], f"line {line} of {path}"),
        split,
    )
