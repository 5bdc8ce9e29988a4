"""Removes versions that are no longer needed."""

import logging
import os
from collections.abc import Set

import tensorflow as tf

from components.errors import InputError
from components.pusher.model_config import lock_served, read_served
from components.pusher.unfinished import new_unfinished_name
from components.pusher.versions import (
    MODEL_FILE,
    list_version_folders,
    list_versions,
)
from components.served_model.model_lineage import ModelLineage


def retire_versions(base_dir: str, keep: int, needed_models: Set[str]) -> list[int]:
    """Removes the oldest versions, and uploads that were interrupted.

    A version that the server's configuration names stays, whatever its age. If that
    file can't be read, or is locked for long, nothing is removed.

    Args:
        base_dir: Folder or URI that TF Serving watches.
        keep: How many of the newest versions to keep; at least 2, so that a server can
            go back to the version before.
        needed_models: URIs of models whose newest version is kept whatever its age.

    Returns:
        The removed versions, oldest first.
    """
    if not list_versions(base_dir):
        return []
    try:
        # Under the lock, so that no command names a version that is about to go.
        with lock_served(base_dir):
            named = read_served(base_dir).needed
            return _retire(base_dir, keep, needed_models, named)
    except (InputError, OSError, tf.errors.OpError) as error:
        # The new version is served, whatever becomes of the old ones.
        logging.warning("Not all old versions are removed: %s", error)
        return []


def _retire(
    base_dir: str, keep: int, needed_models: Set[str], named: Set[int]
) -> list[int]:
    versions = list_versions(base_dir)
    kept = {*versions[-max(keep, 2) :], *named}
    newest_by_model = {_model_uri(base_dir, version): version for version in versions}
    kept |= {newest_by_model[uri] for uri in needed_models & newest_by_model.keys()}
    removed = [
        version
        for version in list_version_folders(base_dir)
        # A folder with a higher number than the newest version is still being uploaded.
        if version not in kept and version < versions[-1]
    ]
    for version in removed:
        _remove(base_dir, os.path.join(base_dir, str(version)))
    return removed


def _model_uri(base_dir: str, version: int) -> str | None:
    lineage = ModelLineage.read(os.path.join(base_dir, str(version)))
    return lineage.model_uri if lineage else None


def _remove(base_dir: str, folder: str) -> None:
    """Removes a version so that no server can load an incomplete one."""
    if "://" in folder:
        if tf.io.gfile.exists(os.path.join(folder, MODEL_FILE)):
            tf.io.gfile.remove(os.path.join(folder, MODEL_FILE))
        tf.io.gfile.rmtree(folder)
    else:
        retired = os.path.join(base_dir, new_unfinished_name())
        tf.io.gfile.rename(folder, retired)
        tf.io.gfile.rmtree(retired)
