"""The published versions of a model, as TF Serving sees them."""

import tensorflow as tf


def list_versions(base_dir: str) -> list[int]:
    """Lists the versions in a folder that TF Serving watches.

    Args:
        base_dir: The folder; one that isn't there has no versions.

    Returns:
        The versions, oldest first.
    """
    if not tf.io.gfile.exists(base_dir):
        return []
    names = (name.rstrip("/") for name in tf.io.gfile.listdir(base_dir))
    return sorted(int(name) for name in names if name.isdecimal())
