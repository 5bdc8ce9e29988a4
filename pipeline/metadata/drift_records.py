"""Records in ML Metadata how far scored images were from the training images.

A comparison is an execution of a type of our own. Its input is the model that scored
the images, as a pushed version if it is one, and its output an artifact with the facts:

- `verdict`: `ok`, `warn` or `drift`.
- `distances`: Distance of each feature, 0 to 1, by its name, in JSON.
- `version`: The pushed version that scored them, or else the run of its model.
- `pipeline`: Name of the model's pipeline.
- `images`: Number of images that were compared.
- `scored`: Path of the file with the scored images.
- `time`: When.

The artifact's URI is the comparison's page.
"""

import json
from collections.abc import Mapping

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.own_artifacts import Record, load_facts, record_facts
from pipeline.metadata.release_records import find_pushed_model

DRIFT_TYPE = "ImageDrift"
"""Type of the artifacts, and of the executions, that record a comparison."""


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
    facts: dict[str, str | int] = {
        "verdict": verdict,
        "distances": json.dumps(distances),
        "version": version,
        "pipeline": pipeline,
        "scored": scored,
        "images": images,
    }
    model = _find_model(store, version, model_uri)
    record_facts(store, DRIFT_TYPE, page, facts, model)


def load_drift(store: ml_metadata.MetadataStore) -> list[Record]:
    """Loads all recorded comparisons, the oldest first."""
    return load_facts(store, DRIFT_TYPE)


def newest_drift(
    store: ml_metadata.MetadataStore, pipeline: str | None = None
) -> Record | None:
    """Returns the newest comparison.

    Args:
        store: The store.
        pipeline: Name of the pipeline whose models are looked at; all if None.

    Returns:
        The record; None if there is none.
    """
    records = [
        record
        for record in load_facts(store, DRIFT_TYPE, newest_of="pipeline")
        if pipeline in (None, record.fact("pipeline"))
    ]
    return max(records, key=lambda record: record.artifact.id, default=None)


def distances_of(comparison: Record) -> Mapping[str, float]:
    """Returns the distance of each feature, 0 to 1, by its name."""
    distances: Mapping[str, float] = json.loads(comparison.fact("distances"))
    return distances


def _find_model(
    store: ml_metadata.MetadataStore, version: str, model_uri: str
) -> pb.Artifact | None:
    """Finds the pushed version, or else the model that was trained."""
    if version.isdecimal():
        pushed = find_pushed_model(store, int(version))
        if pushed is not None:
            return pushed
    return next(iter(store.get_artifacts_by_uri(model_uri)), None)
