"""Names the folders of versions that are being written or removed, and flushes them.

TF Serving ignores these folders, because their names aren't numbers. Nothing here
imports TensorFlow.
"""

import os
import uuid
from pathlib import Path

UNFINISHED_PREFIX = ".unfinished-"
"""Prefix of the names. The recovery removes no folders with other names."""


def new_unfinished_name() -> str:
    """Returns a new, unique name."""
    return f"{UNFINISHED_PREFIX}{uuid.uuid4().hex}"


def flush(path: Path) -> None:
    """Writes a file or folder to the disk, so that a power cut can't undo it.

    Args:
        path: The file or folder.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
