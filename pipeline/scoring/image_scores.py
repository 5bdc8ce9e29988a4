"""Scores what a user names with a chosen model, and compares it with the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
from google.protobuf import text_format

from components.errors import InputError
from components.processors import share_cores
from components.pusher.model_config import read_served
from components.schema.text import SCHEMA_FILE
from components.served_model.model_lineage import ModelLineage
from components.terminal import Update
from pipeline.formatting import suggest
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.output_place import output_place
from pipeline.metadata.run_reader import load_run
from pipeline.scoring.drift import (
    LEAST_IMAGES,
    THRESHOLDS,
    Drift,
    compare,
    schema_thresholds,
)
from pipeline.scoring.image_calls import CALL_IMAGES
from pipeline.scoring.image_shards import Shard
from pipeline.scoring.image_statistics import make_statistics, training_statistics
from pipeline.scoring.scoring_job import parts_folder, score_shards, write_result
from pipeline.scoring.shard_scorer import Scoring
from pipeline.serving.chosen_model import load_exported_model, model_dir_of_run
from pipeline.serving.image_fitting import Invert
from pipeline.serving.release_plan import stable_version
from pipeline.settings import Settings


@dataclass(frozen=True)
class ImageScores:
    """What was scored, and how it compares with the training images.

    Attributes:
        result: The file that was written.
        version: The pushed version that scored the images, or else the run of its
            model.
        lineage: What the model says of its training.
        rows: Number of images.
        failed: Number of those that have an error instead of an answer.
        shards: Number of shards.
        resumed: Number of those that an interrupted command had scored before.
        drift: The comparison; None if there is none.
        not_compared: Why there is none; empty if it wasn't asked for.
    """

    result: Path
    version: str
    lineage: ModelLineage
    rows: int
    failed: int
    shards: int
    resumed: int
    drift: Drift | None
    not_compared: str = ""


def score_images(
    settings: Settings,
    shards: Sequence[Shard],
    result: Path,
    *,
    run: str | None,
    model_dir: str | None,
    invert: Invert,
    thresholds: Mapping[str, float] | None,
    beam_args: Sequence[str],
    update: Update | None = None,
) -> ImageScores:
    """Scores images, writes the result, and compares them with the training images.

    Args:
        settings: Settings with the output folder and the pipeline's name.
        shards: What to score.
        result: The file to write.
        run: The run whose model is asked; None for another one.
        model_dir: Folder of the model that is asked; None, together with `run`, for the
            served version.
        invert: Whether to invert image files; see `fit_image`.
        thresholds: Thresholds that replace those of the schema, by feature; None to
            compare nothing.
        beam_args: Arguments of Beam.
        update: Shows the progress.

    Returns:
        What was scored.

    Raises:
        InputError: If there is no such model, or the file can't be written.
    """
    # Each core works on a call of its own.
    share_cores(CALL_IMAGES)
    folder, version = _choose_model(settings, run, model_dir)
    # Workers load it too. Here it is known at once whether they can.
    lineage = load_exported_model(folder).lineage
    if lineage is None or lineage.data is None:
        raise InputError(
            f"A model must say of what images it was made; {folder} is of version 0.1 "
            f"or of another project, and doesn't; name a newer one."
        )
    version = version or lineage.run_id
    if thresholds is not None:
        thresholds = _all_thresholds(settings, lineage, thresholds)
    with parts_folder(result) as parts:
        training = None
        if thresholds is not None:
            if update:
                update("Measuring the training images")
            # First, because the images to score may take hours.
            training = training_statistics(
                lineage, folder, _kept_statistics(settings), beam_args, update
            )
        scoring = Scoring(folder, lineage.data, version, invert, str(parts))
        scored = score_shards(shards, scoring, beam_args, update)
        if update:
            update("Writing the result")
        drift, reason = None, ""
        if thresholds is not None and training is not None:
            statistics = make_statistics(scored.parts, beam_args)
            images = statistics.datasets[0].num_examples if statistics.datasets else 0
            if images >= LEAST_IMAGES:
                drift = compare(statistics, training, thresholds)
            else:
                have = "image has" if images == 1 else "images have"
                reason = (
                    f"{images:,} {have} an answer, and with fewer than "
                    f"{LEAST_IMAGES} chance alone would look like drift."
                )
        rows, failed = write_result(scored.parts, result)
    return ImageScores(
        result,
        version,
        lineage,
        rows,
        failed,
        len(shards),
        scored.resumed,
        drift,
        reason,
    )


def _choose_model(
    settings: Settings, run: str | None, model_dir: str | None
) -> tuple[str, str]:
    """Returns the folder of the model, and its version if it is a pushed one."""
    if run is not None:
        store = open_existing_store(settings.metadata_address)
        return model_dir_of_run(store, run, output_place(settings)), ""
    if model_dir is not None:
        folder = Path(model_dir).expanduser().absolute()
        return str(folder), folder.name if folder.name.isdecimal() else ""
    served = read_served(settings.serving_dir)
    version = stable_version(settings.serving_dir, served)
    return f"{settings.serving_dir}/{version}", str(version)


def _all_thresholds(
    settings: Settings, lineage: ModelLineage, given: Mapping[str, float]
) -> dict[str, float]:
    """Returns a threshold for each feature: the given, the schema's or the default."""
    for name in given:
        if name not in THRESHOLDS:
            raise InputError(
                f"--drift must name a feature that is measured; received {name!r}; "
                f"{suggest(name, list(THRESHOLDS))}."
            )
    return {**THRESHOLDS, **_thresholds_of_schema(settings, lineage), **given}


def _thresholds_of_schema(
    settings: Settings, lineage: ModelLineage
) -> dict[str, float]:
    """Reads the thresholds in the schema of the run that trained the model."""
    try:
        store = open_existing_store(settings.metadata_address)
    except InputError:
        return {}  # the model may be a copy on a machine where no run was
    trained = load_run(store, lineage.run_id, output_place(settings))
    schema = trained.output("CuratedSchema", "schema")
    if schema is None or schema.deleted:
        return {}
    uri = f"{schema.uri}/{SCHEMA_FILE}"
    try:
        with tf.io.gfile.GFile(uri) as file:  # it may be in an object store
            return schema_thresholds(file.read())
    except (tf.errors.OpError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InputError(
            f"The schema of the run that trained the model must be readable; {uri} "
            f"gave {type(error).__name__}; restore it, or leave the comparison out "
            f"with --no-drift."
        ) from error


def _kept_statistics(settings: Settings) -> Path | None:
    """Returns where statistics of training images are kept; None without an output."""
    if not settings.is_local or not Path(settings.root).is_dir():
        return None
    return settings.training_statistics_dir
