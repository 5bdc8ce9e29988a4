"""Makes TFDV's statistics of scored images, and of the images that trained a model."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)
from apache_beam.options.pipeline_options import PipelineOptions

# isort: split
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.errors import InputError
from components.served_model.model_lineage import ModelLineage
from components.terminal import Update
from pipeline.scoring.image_shards import Shard
from pipeline.scoring.measures import PREDICTED_CLASS
from pipeline.scoring.part_files import CLASS, read_errors, read_measures
from pipeline.scoring.scoring_job import score_shards
from pipeline.scoring.shard_scorer import Scoring

# Bins of the histograms that are compared. With few, a blurred image can look like a
# sharp one; with many, a sample of some hundred images looks unlike another one.
_BINS = 20
# Training images that are measured: so many that chance hardly changes a figure.
_TRAINING_IMAGES = 10_000


def make_statistics(
    parts: Sequence[Path], beam_args: Sequence[str]
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Makes statistics of the images that have an answer.

    Args:
        parts: The parts of a job.
        beam_args: Arguments of Beam.

    Returns:
        Statistics of each measure, of the confidence and of the predicted classes.
    """
    options = tfdv.StatsOptions(
        num_histogram_buckets=_BINS,
        num_quantiles_histogram_buckets=_BINS,
        # Else classes beyond the commonest would look as if they were missing.
        num_top_values=10_000,
        num_rank_histogram_buckets=10_000,
    )
    folder = parts[0].parent
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = str(Path(scratch, "statistics.pb"))
        with beam.Pipeline(options=PipelineOptions([*beam_args])) as pipeline:
            _ = (
                pipeline
                | "Parts" >> beam.Create([str(part) for part in parts])
                | "Read" >> beam.FlatMap(_read_batches)
                | "Statistics" >> tfdv.GenerateStatistics(options)
                | "Write" >> tfdv.WriteStatisticsToBinaryFile(path)
            )
        return tfdv.load_stats_binary(path)


def training_statistics(
    lineage: ModelLineage,
    model_dir: str,
    keep_in: Path | None,
    beam_args: Sequence[str],
    update: Update | None = None,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Returns the statistics of the images on which a model was trained.

    The model is asked about the first images of the train split, whose order is mixed.
    That is done once, and the result is kept.

    Args:
        lineage: What the model says of its training.
        model_dir: Folder or URI of the SavedModel.
        keep_in: Folder for the statistics of each run's model; None to keep nothing.
        beam_args: Arguments of Beam.
        update: Shows the progress.

    Returns:
        The statistics.

    Raises:
        InputError: If the training images aren't there any more, or some can't be
            read.
    """
    kept = keep_in and keep_in / f"{lineage.run_id.replace(':', '-')}.pb"
    if kept and kept.exists():
        return tfdv.load_stats_binary(str(kept))
    if keep_in and not _is_writable(keep_in):
        kept = None  # somebody else's output may be read-only
    files = sorted(tf.io.gfile.glob(f"{lineage.examples_uri}/Split-train/*"))
    if not files or lineage.data is None:
        raise _no_training_images(lineage.examples_uri)
    limit = max(1, _TRAINING_IMAGES // len(files))
    shards = [
        Shard(number, records=file, limit=limit) for number, file in enumerate(files)
    ]
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept and kept.parent) as folder:
        scoring = Scoring(model_dir, lineage.data, lineage.run_id, "no", folder)
        scored = score_shards(shards, scoring, beam_args, update)
        _check_all_are_answered(scored.parts, lineage.examples_uri)
        statistics = make_statistics(scored.parts, beam_args)
        if not any(each.num_examples for each in statistics.datasets):
            raise _no_training_images(lineage.examples_uri)
        if kept:
            unfinished = Path(folder, kept.name)
            unfinished.write_bytes(statistics.SerializeToString(deterministic=True))
            unfinished.replace(kept)
    return statistics


def _is_writable(folder: Path) -> bool:
    place = folder if folder.exists() else folder.parent
    return os.access(place, os.W_OK | os.X_OK)


def _no_training_images(examples_uri: str) -> InputError:
    return InputError(
        f"To compare images, those that trained the model must be there; "
        f"{examples_uri} has none; restore that folder, or leave the comparison out "
        f"with --no-drift."
    )


def _check_all_are_answered(parts: Sequence[Path], examples_uri: str) -> None:
    """Refuses images of which some are missing: their statistics are kept for ever."""
    for part in parts:
        for file, error in read_errors(part):
            raise InputError(
                f"To compare images, those that trained the model must be complete; "
                f"received {file}, which can't be used: {error}; restore "
                f"{examples_uri}, or leave the comparison out with --no-drift."
            )


def _read_batches(part: str) -> Iterator[pa.RecordBatch]:
    """Reads a part in the form that TFDV takes: each value is a list of one."""
    for columns in read_measures(part):
        columns[PREDICTED_CLASS] = columns.pop(CLASS)
        yield pa.record_batch(
            {
                name: pa.ListArray.from_arrays(
                    pa.array(range(len(values) + 1), pa.int32()),
                    values.cast(pa.binary()) if name == PREDICTED_CLASS else values,
                )
                for name, values in columns.items()
            }
        )
