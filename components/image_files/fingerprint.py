"""Computes a fingerprint of image files, for TFX's cache."""

from __future__ import annotations

import csv
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from components.image_files.csv_file import read_rows
from components.image_files.folders import is_passed_over

# Class folders below folders of splits; and links in a circle have an end.
_DEEPEST = 3


def fingerprint(images: str) -> str:
    """Computes a fingerprint of a folder or CSV file of images, without reading them.

    Args:
        images: The folder or the CSV file.

    Returns:
        16 hexadecimal digits that change when an image, or the CSV file, is added,
        removed or written. Zeros if nothing is there.
    """
    digest = hashlib.sha256()
    if os.path.isdir(images):  # noqa: PTH112
        found = _files_in(images, "", 0)
    elif os.path.isfile(images):  # noqa: PTH113
        digest.update(Path(images).read_bytes())
        found = _files_of_csv(Path(images))
    else:
        return "0" * 16
    for name, size, modified in sorted(found):
        digest.update(f"{name}\0{size}\0{modified}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def _files_in(folder: str, prefix: str, depth: int) -> Iterator[tuple[str, int, int]]:
    """Yields name, size in bytes and time of change in ns of each file."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        # Listing the images will say so.
        return
    for entry in entries:
        if is_passed_over(entry.name):
            continue
        name = f"{prefix}{entry.name}"
        try:
            status = entry.stat()
            is_folder = entry.is_dir()
        except OSError:
            # A link to nothing.
            continue
        if not is_folder:
            yield name, status.st_size, status.st_mtime_ns
        elif depth < _DEEPEST:
            yield from _files_in(entry.path, f"{name}/", depth + 1)


def _files_of_csv(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yields the same for each cell that names a file, in whichever column it is."""
    try:
        cells = {cell for _, row in read_rows(path) for cell in row}
    except (OSError, UnicodeDecodeError, csv.Error):
        # Listing the images will say so.
        return
    for cell in cells:
        try:
            status = os.stat(path.parent / cell)  # noqa: PTH116
        except (OSError, ValueError):
            continue
        # A label may be the name of a folder too, and an empty cell names the CSV's.
        if stat.S_ISREG(status.st_mode):
            yield cell, status.st_size, status.st_mtime_ns
