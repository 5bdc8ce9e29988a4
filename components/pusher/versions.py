"""Lists the published versions of a model, as TF Serving sees them."""

import os

import tensorflow as tf

MODEL_FILE = "saved_model.pb"
"""The file without which no server loads a SavedModel. It is published last."""


def list_versions(base_dir: str) -> list[int]:
    """Lists the complete versions in a folder that TF Serving watches.

    Args:
        base_dir: The folder or URI; it need not exist.

    Returns:
        The versions, oldest first.
    """
    return [
        version
        for version in list_version_folders(base_dir)
        if tf.io.gfile.exists(os.path.join(base_dir, str(version), MODEL_FILE))
    ]


def list_version_folders(base_dir: str) -> list[int]:
    """Lists all versions, also those whose upload was interrupted.

    Args:
        base_dir: The folder or URI; it need not exist.

    Returns:
        The versions, oldest first.
    """
    if not tf.io.gfile.exists(base_dir):
        return []
    names = (name.rstrip("/") for name in tf.io.gfile.listdir(base_dir))
    return sorted(int(name) for name in names if name.isdecimal())
