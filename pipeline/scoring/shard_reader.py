"""Reads the images of a shard: image files, tf.Examples or requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from components import features
from components.image_files.image_file import to_printable
from components.tfrecords import NO_AUTOTUNING
from pipeline.scoring.image_shards import Shard
from pipeline.scoring.request_log import read_requests
from pipeline.serving.labelled_images import (
    LabelledImage,
    Unclassified,
    read_image_file,
)

# Records that are read in one call of TensorFlow. Each may hold a large photo.
_READ_TOGETHER = 64
_GZIP = b"\x1f\x8b"


def read_shard(shard: Shard) -> Iterator[LabelledImage | Unclassified]:
    """Reads the images of a shard, one after another.

    Args:
        shard: The shard.

    Yields:
        An image with a title that no other has; or why there is none.
    """
    if shard.records:
        yield from _read_records(shard)
    elif shard.requests:
        yield from _read_requests(shard)
    for file in shard.files:
        yield read_image_file(file.path, to_printable(file.title))


def _read_records(shard: Shard) -> Iterator[LabelledImage | Unclassified]:
    title = to_printable(shard.title or shard.records)
    at = 0
    try:
        for record in _records(shard.records, shard.limit):
            yield _to_image(record, f"{title}#{at}")
            at += 1
    except (OSError, tf.errors.OpError) as error:
        what = "can't be read" if at == 0 else f"is damaged after {at:,} records"
        # So that a job of hours doesn't end because of one file.
        yield Unclassified(title, f"{what} ({type(error).__name__})", title)


def _read_requests(shard: Shard) -> Iterator[LabelledImage | Unclassified]:
    title = to_printable(shard.title or shard.requests)
    began = False
    try:
        for image in read_requests(Path(shard.requests), title):
            yield image
            began = True
    except OSError as error:
        what = "can't be read to its end" if began else "can't be read"
        # The container that keeps requests removes the oldest files at any time.
        yield Unclassified(title, f"{what} ({type(error).__name__})", title)


def _records(path: str, limit: int | None) -> Iterator[bytes]:
    # By TensorFlow, since training images may be in an object store.
    with tf.io.gfile.GFile(path, "rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    records = tf.data.TFRecordDataset(path, "GZIP" if compressed else "")
    records = records.with_options(NO_AUTOTUNING)
    if limit is not None:
        records = records.take(limit)
    read = 0
    try:
        # One by one takes longer than a model needs for a small image.
        for batch in records.batch(_READ_TOGETHER).as_numpy_iterator():
            yield from batch
            read += len(batch)
    except tf.errors.DataLossError:
        # The records of the batch that are before the damage.
        yield from records.skip(read).as_numpy_iterator()


def _to_image(record: bytes, title: str) -> LabelledImage | Unclassified:
    try:
        feature = tf.train.Example.FromString(record).features.feature
    except Exception:  # protobuf's implementations raise different ones
        return Unclassified(title, "is no tf.Example", title)
    # A name that isn't in a protobuf's map is added, with no values.
    images = feature[features.IMAGE].bytes_list.value
    if not images:
        return Unclassified(title, f"has no feature {features.IMAGE}", title)
    return LabelledImage(title, images[0])
