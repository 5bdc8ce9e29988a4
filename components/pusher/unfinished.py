"""Names the folders of versions that are being written or removed.

TF Serving ignores these folders, because their names aren't numbers. Nothing here
imports TensorFlow.
"""

import uuid

UNFINISHED_PREFIX = ".unfinished-"
"""Prefix of the names. The recovery removes no folders with other names."""


def new_unfinished_name() -> str:
    """Returns a new, unique name."""
    return f"{UNFINISHED_PREFIX}{uuid.uuid4().hex}"
