"""Folders of versions that are being written or removed, which servers don't see.

TF Serving looks at folders with a number for a name only. Nothing here imports
TensorFlow.
"""

import uuid

UNFINISHED_PREFIX = ".unfinished-"
"""How the names of these folders begin; no other folder is the Pusher's to remove."""


def new_unfinished_name() -> str:
    """Returns a name that no other folder has."""
    return f"{UNFINISHED_PREFIX}{uuid.uuid4().hex}"
