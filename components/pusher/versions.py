"""Lists the published versions of a model, as TF Serving sees them.

TensorFlow is imported only for object stores, so that commands on a folder are quick.
"""

import os
from pathlib import Path

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
        if _exists(os.path.join(base_dir, str(version), MODEL_FILE))
    ]


def list_version_folders(base_dir: str) -> list[int]:
    """Lists all versions, also those whose upload was interrupted.

    Args:
        base_dir: The folder or URI; it need not exist.

    Returns:
        The versions, oldest first.
    """
    if not _exists(base_dir):
        return []
    return sorted(int(name) for name in _names(base_dir) if name.isdecimal())


def _exists(path: str) -> bool:
    if "://" not in path:
        return Path(path).exists()
    import tensorflow as tf

    return bool(tf.io.gfile.exists(path))


def _names(folder: str) -> list[str]:
    if "://" not in folder:
        return [path.name for path in Path(folder).iterdir()]
    import tensorflow as tf

    return [name.rstrip("/") for name in tf.io.gfile.listdir(folder)]
