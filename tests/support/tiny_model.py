"""A SavedModel that is saved and loaded within milliseconds."""

import shutil
from pathlib import Path

import tensorflow as tf


def save_tiny_model(folder: Path) -> Path:
    """Saves a model that adds its variable to a number.

    Args:
        folder: Where to save it.

    Returns:
        The folder.
    """
    module = tf.Module()
    module.weight = tf.Variable(1.0)
    module.add = tf.function(
        lambda x: {"y": x + module.weight},
        input_signature=[tf.TensorSpec([None], tf.float32, "x")],
    )
    tf.saved_model.save(module, str(folder), {"serving_default": module.add})
    return folder


def push(model: Path, serving_dir: Path, version: int) -> int:
    """Publishes a model as a version with a chosen number, whole or not at all.

    Args:
        model: Folder of the SavedModel.
        serving_dir: Folder of the versions.
        version: The number.

    Returns:
        The number.
    """
    unfinished = serving_dir / f".unfinished-{version}"
    shutil.copytree(model, unfinished)
    unfinished.rename(serving_dir / str(version))
    return version


def served_folder(parent: Path, model: Path) -> Path:
    """Makes a served folder with the versions 1, 2 and 3 of a model.

    Args:
        parent: Where to make `serving/tiny`.
        model: Folder of the SavedModel.

    Returns:
        The folder.
    """
    folder = parent / "serving" / "tiny"
    folder.mkdir(parents=True)
    for version in (1, 2, 3):
        push(model, folder, version)
    return folder


def damage(serving_dir: Path, version: int) -> None:
    """Cuts the variables of a version, so that no server loads it."""
    for path in (serving_dir / str(version) / "variables").glob("*.data*"):
        path.write_bytes(b"")
