"""Records in a SavedModel which run, data and code made it."""

from __future__ import annotations

import os

import tensorflow as tf
from pydantic import BaseModel, ConfigDict, ValidationError

from components.data_description import DataDescription
from components.machine import Machine
from components.served_model.background import Background

# TF Serving ignores unknown files in this folder of a SavedModel.
LINEAGE_FILE = os.path.join("assets.extra", "lineage.json")


class ModelLineage(BaseModel):
    """The run, the data and the code that made a model.

    Attributes:
        pipeline: Name of the pipeline.
        run_id: Identifier of the run that trained the model.
        model_uri: Folder or URI of the Trainer's artifact. It identifies the model.
        examples_uri: Folder or URI of the examples on which it was trained.
        dataset: Name and version of the data set, for example `fashion_mnist:3.0.1`.
        code_digest: Digest of the Trainer's code.
        data: The classes, and the images that the network takes; None in models of
            version 0.1.
        machine: The machine and the code that trained it; None in models of version
            0.2 and before.
        background: How dark or bright the backgrounds of the training images are; None
            in models of colour images, and in those of version 0.2 and before.
    """

    model_config = ConfigDict(frozen=True)

    pipeline: str
    run_id: str
    model_uri: str
    examples_uri: str
    dataset: str
    code_digest: str
    data: DataDescription | None = None
    machine: Machine | None = None
    background: Background | None = None

    def write(self, model_dir: str) -> None:
        """Writes the lineage into a SavedModel.

        Args:
            model_dir: Folder or URI of the SavedModel.
        """
        path = os.path.join(model_dir, LINEAGE_FILE)
        tf.io.gfile.makedirs(os.path.dirname(path))
        with tf.io.gfile.GFile(path, "w") as file:
            file.write(self.model_dump_json(indent=2))

    @classmethod
    def read(cls, model_dir: str) -> ModelLineage | None:
        """Reads the lineage of a SavedModel.

        Args:
            model_dir: Folder or URI of the SavedModel.

        Returns:
            The lineage; None if the model has none, or one of another format.
        """
        path = os.path.join(model_dir, LINEAGE_FILE)
        if not tf.io.gfile.exists(path):
            return None
        with tf.io.gfile.GFile(path, "r") as file:
            try:
                return cls.model_validate_json(file.read())
            except ValidationError:
                return None
