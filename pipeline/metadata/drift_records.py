"""Records in ML Metadata how far scored images were from the training images.

A comparison is an execution of a type of our own. Its input is the model that scored
the images, as a pushed version if it is one, and its output an artifact with the facts.
"""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.own_artifacts import find_subjects, record_facts
from pipeline.metadata.records import Artifact
from pipeline.metadata.release_records import find_pushed_model

DRIFT_TYPE = "ImageDrift"
"""Type of the artifacts, and of the executions, that record a comparison."""

_TEXTS = ("verdict", "distances", "version", "pipeline", "scored", "time")


@dataclass(frozen=True)
class DriftRecord:
    """How far scored images were from those on which their model was trained.

    Attributes:
        artifact: The artifact that holds the facts; its URI is the comparison's page.
        model: Identifier of the model's artifact; None if ML Metadata doesn't know it.
        verdict: `ok`, `warn` or `drift`.
        distances: Distance of each feature, 0 to 1, by its name.
        version: The pushed version that scored them, or else the run of its model.
        pipeline: Name of the model's pipeline.
        images: Number of images that were compared.
        time: When, with its zone.
    """

    artifact: Artifact
    model: int | None
    verdict: str
    distances: Mapping[str, float]
    version: str
    pipeline: str
    images: int
    time: datetime.datetime


def record_drift(
    store: ml_metadata.MetadataStore,
    *,
    verdict: str,
    distances: Mapping[str, float],
    version: str,
    model_uri: str,
    pipeline: str,
    images: int,
    scored: str,
    page: str,
) -> None:
    """Records a comparison that was made now.

    Args:
        store: The store, which must be writable.
        verdict: `ok`, `warn` or `drift`.
        distances: Distance of each feature, by its name.
        version: The pushed version, or else the run that trained the model.
        model_uri: Folder or URI of the Trainer's artifact.
        pipeline: Name of the model's pipeline.
        images: Number of images that were compared.
        scored: Path of the file with the scored images.
        page: Path of the comparison's page.
    """
    now = datetime.datetime.now().astimezone()
    facts: dict[str, str | int] = {
        "verdict": verdict,
        "distances": json.dumps(distances),
        "version": version,
        "pipeline": pipeline,
        "scored": scored,
        "time": now.isoformat(timespec="seconds"),
        "images": images,
    }
    model = _find_model(store, version, model_uri)
    record_facts(store, DRIFT_TYPE, page, facts, model)


def load_drift(
    store: ml_metadata.MetadataStore, newest_only: bool = False
) -> list[DriftRecord]:
    """Loads the recorded comparisons, the oldest first.

    Args:
        store: The store.
        newest_only: Whether to load only the newest one of each pipeline.
    """
    found = sorted(
        store.get_artifacts_by_type(DRIFT_TYPE), key=lambda artifact: artifact.id
    )
    if newest_only:
        newest = {each.properties["pipeline"].string_value: each for each in found}
        found = list(newest.values())
    models = find_subjects(store, found)
    return [_make_record(artifact, models.get(artifact.id)) for artifact in found]


def newest_drift(
    store: ml_metadata.MetadataStore, pipeline: str | None = None
) -> DriftRecord | None:
    """Returns the newest comparison.

    Args:
        store: The store.
        pipeline: Name of the pipeline whose models are looked at; all if None.

    Returns:
        The record; None if there is none.
    """
    records = [
        record
        for record in load_drift(store, newest_only=True)
        if pipeline in (None, record.pipeline)
    ]
    return max(records, key=lambda record: record.artifact.id, default=None)


def _find_model(
    store: ml_metadata.MetadataStore, version: str, model_uri: str
) -> pb.Artifact | None:
    """Finds the pushed version, or else the model that was trained."""
    if version.isdecimal():
        pushed = find_pushed_model(store, int(version))
        if pushed is not None:
            return pushed
    return next(iter(store.get_artifacts_by_uri(model_uri)), None)


def _make_record(artifact: pb.Artifact, model: int | None) -> DriftRecord:
    texts = {name: artifact.properties[name].string_value for name in _TEXTS}
    images = artifact.properties["images"].int_value
    return DriftRecord(
        Artifact(artifact.id, artifact.uri, {**texts, "images": images}, DRIFT_TYPE),
        model,
        verdict=texts["verdict"],
        distances=json.loads(texts["distances"]),
        version=texts["version"],
        pipeline=texts["pipeline"],
        images=images,
        time=datetime.datetime.fromisoformat(texts["time"]),
    )
