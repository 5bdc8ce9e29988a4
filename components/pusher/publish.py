"""Publishes a model version so that a server never sees an incomplete one.

TF Serving loads any folder with a number as its name as soon as the folder appears.
"""

import os
import shutil
import time
from pathlib import Path

import tensorflow as tf

from components.errors import InputError
from components.pusher.unfinished import flush, new_unfinished_name
from components.pusher.versions import (
    MODEL_FILE,
    list_version_folders,
    list_versions,
)
from components.served_model.model_lineage import ModelLineage


def publish_version(model_dir: str, base_dir: str) -> str:
    """Publishes a SavedModel as a new version, unless it is the newest one already.

    Args:
        model_dir: Folder or URI of the SavedModel.
        base_dir: Folder or URI that TF Serving watches.

    Returns:
        The version. A new one is the Unix time in seconds, or the newest version plus 1
        if that is larger. If the newest version has the same lineage as this model, it
        is the newest version.

    Raises:
        InputError: If the folder contains no SavedModel, or one that doesn't load.
            Nothing is published then.
    """
    if not tf.io.gfile.exists(os.path.join(model_dir, MODEL_FILE)):
        raise InputError(
            f"A model to publish must be a SavedModel; {model_dir} holds no "
            f"{MODEL_FILE}, so run the Trainer again with --no-cache."
        )
    versions = list_versions(base_dir)
    lineage = ModelLineage.read(model_dir)
    if versions and lineage is not None:
        newest = ModelLineage.read(os.path.join(base_dir, str(versions[-1])))
        if newest == lineage:
            return str(versions[-1])
    _check_loads(model_dir)
    taken = list_version_folders(base_dir)
    version = max([int(time.time()), *(number + 1 for number in taken[-1:])])
    if "://" in base_dir:
        _upload(model_dir, os.path.join(base_dir, str(version)))
    else:
        _write_and_rename(model_dir, Path(base_dir), str(version))
    return str(version)


def _check_loads(model_dir: str) -> None:
    """Checks that a SavedModel loads, with all its variables.

    Args:
        model_dir: Its folder or URI.

    Raises:
        InputError: If it doesn't.
    """
    try:
        tf.saved_model.load(model_dir)
    except Exception as error:  # TensorFlow raises many kinds for damaged models
        raise InputError(
            f"A model to publish must be a SavedModel that loads; {model_dir} is "
            f"damaged ({type(error).__name__}), so run again with --no-cache."
        ) from error


def _write_and_rename(model_dir: str, base_dir: Path, version: str) -> None:
    """Writes into a folder that TF Serving ignores, and renames it at the end."""
    base_dir.mkdir(parents=True, exist_ok=True)
    unfinished = base_dir / new_unfinished_name()
    try:
        for source, relative in _files(model_dir):
            target = unfinished / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            tf.io.gfile.copy(source, str(target))
            flush(target)
        for folder in {unfinished, *(path.parent for path in unfinished.rglob("*"))}:
            flush(folder)
        unfinished.rename(base_dir / version)
        flush(base_dir)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _upload(model_dir: str, target: str) -> None:
    """Uploads a version; the file without which nothing loads comes last.

    An object store can't rename folders, so a server may look at a version while it is
    being uploaded. It then finds no model there, and tries again.
    """
    files = sorted(_files(model_dir), key=lambda file: file[1] == MODEL_FILE)
    for source, relative in files:
        path = os.path.join(target, relative)
        tf.io.gfile.makedirs(os.path.dirname(path))
        tf.io.gfile.copy(source, path)


def _files(folder: str) -> list[tuple[str, str]]:
    """Returns the files below a folder or URI, each with its relative path."""
    base = folder.rstrip("/")
    return [
        (path := os.path.join(parent, name), path[len(base) + 1 :])
        for parent, _, names in tf.io.gfile.walk(base)
        for name in names
    ]
