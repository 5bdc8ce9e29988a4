"""Finds the model that is asked: a pushed one, a run's, one in a folder or a server's.

It comes with what it says of itself: the run and the data that made it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import InputError
from pipeline.formatting import html_table, shorten_path
from pipeline.metadata.output_place import OutputPlace
from pipeline.metadata.run_names import find_run
from pipeline.serving.client import Client
from pipeline.serving.image_fitting import Wanted
from pipeline.serving.labelled_images import LabelledImage, read_test_images

if TYPE_CHECKING:
    import ml_metadata

    from components.served_model.model_lineage import ModelLineage
    from pipeline.serving.saved_model_client import SavedModelClient

# Where TFX's Trainer exports in its artifact (`tfx.utils.path_utils`, which takes
# seconds to import).
_EXPORTED = "Format-Serving"


@dataclass(frozen=True, repr=False)
class Model:
    """A model that can be asked.

    Attributes:
        client: Asks it.
        lineage: The run and the data that made it; None if it has no record of them.
        place: Where it is: a folder, or the address of its server.
    """

    client: Client
    lineage: ModelLineage | None
    place: str

    @cached_property
    def wanted(self) -> Wanted:
        """What it wants of images."""
        return Wanted(self.client.input_shape(), self.lineage)

    def __repr__(self) -> str:
        return f"<model in {shorten_path(self.place)}>"

    def _repr_html_(self) -> str:
        height, width, channels = self.wanted.input_shape
        lineage, data = self.lineage, self.lineage and self.lineage.data
        rows = {
            "model": shorten_path(self.place),
            "run": lineage and lineage.run_id,
            "data set": lineage and lineage.dataset,
            "classes": data and ", ".join(data.class_names),
            "images": f"{height or 'any'} x {width or 'any'} pixels, "
            f"{'grey' if channels == 1 else 'in colour'}",
        }
        return html_table((), rows.items())

    def read_test_images(
        self, indices: Sequence[int] | None = None
    ) -> list[LabelledImage]:
        """Reads images of the test split that belongs to its training images.

        Args:
            indices: Indices of the images in the split; see `read_test_images`.

        Returns:
            The images, in the order of the indices.

        Raises:
            InputError: If they aren't there, or an index is past the end of the split.
        """
        examples_uri = self.lineage.examples_uri if self.lineage else None
        if examples_uri is None or not os.path.isdir(examples_uri):  # noqa: PTH112
            place = examples_uri or "a place that it doesn't tell"
            raise InputError(
                f"The test images of a model must be there; those of {self.place} were "
                f"in {place}; name image files instead."
            )
        return read_test_images(examples_uri, indices)


@dataclass(frozen=True, repr=False)
class LoadedModel(Model):
    """A model in this process, which can answer in arrays too."""

    client: SavedModelClient


def load_pushed_model(serving_dir: str, version: int | None = None) -> Model:
    """Loads a pushed version.

    Args:
        serving_dir: Folder or URI that TensorFlow Serving watches.
        version: The version; the newest by default.

    Returns:
        The model.

    Raises:
        InputError: If there is no such version.
    """
    from components.served_model.model_lineage import ModelLineage
    from pipeline.serving.release_plan import format_versions, require_versions
    from pipeline.serving.saved_model_client import SavedModelClient

    versions = require_versions(serving_dir)
    if version is None:
        version = versions[-1]
    if version not in versions:
        raise InputError(
            f"--model-version must be a pushed version; received {version}; choose one "
            f"of {format_versions(versions)} in {serving_dir}."
        )
    folder = f"{serving_dir}/{version}"
    return Model(SavedModelClient(folder, version), ModelLineage.read(folder), folder)


def load_exported_model(folder: str) -> LoadedModel:
    """Loads the model in a folder, for example a pushed version or a copy of one.

    Args:
        folder: Folder or URI of a SavedModel that this project exported.

    Returns:
        The model.

    Raises:
        InputError: If the folder holds none.
    """
    import tensorflow as tf

    from components.pusher.versions import MODEL_FILE, list_versions
    from components.served_model.model_lineage import ModelLineage
    from pipeline.serving.saved_model_client import SavedModelClient

    if not tf.io.gfile.exists(os.path.join(folder, MODEL_FILE)):
        versions = list_versions(folder) if tf.io.gfile.isdir(folder) else []
        advice = (
            f"name one of the versions in it, for example {folder}/{versions[-1]}"
            if versions
            else "name the folder of a version below serving/ in an output folder"
        )
        raise InputError(
            f"A model must be the folder of a SavedModel; {folder} holds no "
            f"{MODEL_FILE}; {advice}."
        )
    try:
        client = SavedModelClient(folder)
        client.input_shape()
    except Exception as error:  # TensorFlow raises many kinds for damaged models
        raise InputError(
            f"A model must be a SavedModel of this project; {folder} is damaged or of "
            f"another kind ({type(error).__name__}); name another folder."
        ) from error
    return LoadedModel(client, ModelLineage.read(folder), folder)


def load_model_of_run(
    store: ml_metadata.MetadataStore, name: str | None, place: OutputPlace | None
) -> Model:
    """Loads the model that a run trained, whether or not it was pushed.

    Args:
        store: The store.
        name: Name of the run, as `find_run` takes it; the newest run if None.
        place: Where the run's output folder is now; None if it isn't known.

    Returns:
        The model.

    Raises:
        InputError: If there is no such run, or its model isn't there.
    """
    return load_exported_model(model_dir_of_run(store, name, place))


def model_dir_of_run(
    store: ml_metadata.MetadataStore, name: str | None, place: OutputPlace | None
) -> str:
    """Finds the folder of a run's model; see `load_model_of_run`."""
    run = find_run(store, name, place)
    artifact = run.output("Trainer", "model")
    if artifact is None or artifact.deleted:
        fate = "has none" if artifact is None else "had one, which was removed"
        raise InputError(
            f"A run must have trained a model; {run.run_id} {fate}; choose another "
            f"one, which `runs` lists."
        )
    return f"{artifact.uri}/{_EXPORTED}"


def connect_to_server(
    server: str,
    model_name: str,
    model_version: int | None,
    timeout: float,
    serving_dir: str,
) -> Model:
    """Creates the client for a TensorFlow Serving server.

    Servers don't tell what a model says of itself. So it is read where the pushed
    versions of this name are, if that is a folder on this machine.

    Args:
        server: `http://HOST:PORT`, `https://HOST:PORT` or `grpc://HOST:PORT`.
        model_name: Name under which the server has the model.
        model_version: Version to ask for; None for the newest.
        timeout: Seconds to wait for an answer.
        serving_dir: Folder or URI of the pushed versions.

    Returns:
        The model; nothing is sent yet.

    Raises:
        InputError: If the address has none of these forms.
    """
    scheme, _, rest = server.partition("://")
    client: Client
    if scheme in ("http", "https") and rest:
        from pipeline.serving.rest_client import RestClient

        client = RestClient(server, model_name, model_version, timeout)
    elif scheme == "grpc" and rest:
        from pipeline.serving.grpc_client import GrpcClient

        client = GrpcClient(rest.rstrip("/"), model_name, model_version, timeout)
    else:
        raise InputError(
            f"--server must be http://HOST:8501 or grpc://HOST:8500; received "
            f"{server!r}; give one of these forms."
        )
    return Model(client, _pushed_lineage(serving_dir, model_version), server)


def _pushed_lineage(serving_dir: str, version: int | None) -> ModelLineage | None:
    if "://" in serving_dir or not Path(serving_dir).is_dir():
        return None
    # Imported late, because sending image files to a server needs no TensorFlow.
    from components.pusher.versions import list_versions
    from components.served_model.model_lineage import ModelLineage

    versions = list_versions(serving_dir)
    if version is None and versions:
        version = versions[-1]
    return ModelLineage.read(f"{serving_dir}/{version}")
