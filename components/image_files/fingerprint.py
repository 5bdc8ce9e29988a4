"""Computes a fingerprint of image files, for TFX's cache."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def fingerprint(images: str) -> str:
    """Computes a fingerprint of a folder or CSV file of images, without reading them.

    Args:
        images: The folder or the CSV file.

    Returns:
        16 hexadecimal digits that change when a file is added, removed or written.
        Zeros if nothing is there.
    """
    path = Path(images)
    if not path.exists():
        return "0" * 16
    digest = hashlib.sha256()
    if path.is_file():
        digest.update(path.read_bytes())
        path = path.parent
    for name, size, modified in sorted(_files(str(path), "", 0)):
        digest.update(f"{name}\0{size}\0{modified}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


# Class folders below folders of splits; and links in a circle have an end.
_DEEPEST = 4


def _files(folder: str, prefix: str, depth: int) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_dir():
                if depth < _DEEPEST:
                    yield from _files(entry.path, f"{name}/", depth + 1)
            elif entry.is_file():
                status = entry.stat()
                yield name, status.st_size, status.st_mtime_ns
