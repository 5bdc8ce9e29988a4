"""Publishes a model version so that a server never sees half of one."""

import json
import os
import time
import uuid
from typing import Any

from tfx.dsl.io import fileio
from tfx.utils import io_utils

from components.errors import InputError
from components.pusher.versions import list_versions

LINEAGE_FILE = os.path.join("assets.extra", "lineage.json")


def publish_version(model_dir: str, base_dir: str, lineage: dict[str, Any]) -> str:
    """Publishes a SavedModel as a new version, or finds the version it has.

    TF Serving loads any folder with an integer name the moment it is there. The
    model is therefore written under a name that is no integer, and renamed when
    it is whole.

    Args:
        model_dir: Folder of the SavedModel.
        base_dir: Folder that TF Serving watches.
        lineage: Where the model came from, kept in the version's
            `assets.extra/lineage.json`; `model_uri` tells models apart.

    Returns:
        The version: the Unix time in seconds, or one more than the newest version
        if that is later; the newest version itself if it is this model already.

    Raises:
        InputError: If the folder holds no SavedModel; nothing is published then.
    """
    versions = list_versions(base_dir)
    if versions and _lineage_of(base_dir, versions[-1]) == lineage:
        return str(versions[-1])
    version = max([int(time.time()), *(number + 1 for number in versions[-1:])])
    target = os.path.join(base_dir, str(version))
    unfinished = os.path.join(base_dir, f".unfinished-{uuid.uuid4().hex}")
    try:
        io_utils.copy_dir(model_dir, unfinished)
        if not fileio.exists(os.path.join(unfinished, "saved_model.pb")):
            raise InputError(
                f"A model to publish must be a SavedModel; {model_dir} holds no "
                f"saved_model.pb, so run the Trainer again with --no-cache."
            )
        io_utils.write_string_file(
            os.path.join(unfinished, LINEAGE_FILE), json.dumps(lineage, indent=2)
        )
        fileio.rename(unfinished, target)
    finally:
        if fileio.exists(unfinished):
            fileio.rmtree(unfinished)
    return str(version)


def _lineage_of(base_dir: str, version: int) -> dict[str, Any] | None:
    path = os.path.join(base_dir, str(version), LINEAGE_FILE)
    if not fileio.exists(path):
        return None
    with fileio.open(path, "r") as file:
        return json.loads(file.read())
