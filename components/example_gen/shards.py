"""Writes shards of images as files of tf.Examples."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.example_gen.source import Records
from components.progress import advance
from components.tfrecords import NO_AUTOTUNING, PARALLEL_CALLS
from components.transform.decoding import decode_for_network

# TFX reads gzipped files. Encoded images can hardly be compressed, so level 0 only
# stores them. Trying would take most of the time with photos.
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=0)
_MEASURES = {
    features.HEIGHT: tf.int64,
    features.WIDTH: tf.int64,
    features.CHANNELS: tf.int64,
    features.BRIGHTNESS: tf.float32,
    features.CONTRAST: tf.float32,
}
_FEATURES = {
    features.IMAGE: tf.string,
    features.LABEL: tf.int64,
    features.CLASS_NAME: tf.string,
    **_MEASURES,
}
# The part of a feature that holds values of a type.
_LISTS = {tf.string: "bytes_list", tf.int64: "int64_list", tf.float32: "float_list"}


@dataclass(frozen=True)
class Shard:
    """A part of a split, and the file to write it to.

    Attributes:
        records: The images and their labels.
        description: The classes, and the images that the network takes.
        file: Gzipped TFRecord file to write.
        unfinished_dir: Folder for the file until it is complete.
    """

    records: Records
    description: DataDescription
    file: str
    unfinished_dir: str


def write_shard(shard: Shard) -> None:
    """Writes a shard, batch by batch.

    The file gets its final name only when it is complete. So an engine may repeat the
    work, or let two workers write the same shard.

    Args:
        shard: What to write, and where.
    """
    unfinished = f"{shard.unfinished_dir}/{uuid.uuid4().hex}"
    for folder in (shard.unfinished_dir, os.path.dirname(shard.file)):
        tf.io.gfile.makedirs(folder)
    with tf.io.TFRecordWriter(unfinished, _OPTIONS) as writer:
        for example in _read_examples(shard):
            writer.write(example)
    tf.io.gfile.rename(unfinished, shard.file, overwrite=True)


def measure_images(
    encoded: tf.Tensor, description: DataDescription | None
) -> dict[str, tf.Tensor]:
    """Measures images.

    Args:
        encoded: Bytes of image files, string tensor of shape (N,).
        description: The images that the network takes. If it refuses other sizes, or is
            None, files are measured as they are: with their own channels, not rotated.

    Returns:
        Height, width and channels in pixels, int64 of shape (N,); brightness and
        contrast, float32 of shape (N,) in [0, 1]. These two are of the pixels from
        which the network's are made: see `decode_for_network`.
    """

    def measure(element: tf.Tensor) -> dict[str, tf.Tensor]:
        if description and description.resize != "none":
            pixels, size = decode_for_network(element, description)
        else:
            pixels = tf.io.decode_image(element, expand_animations=False)
            size = tf.shape(pixels)[:2]
        height, width = tf.unstack(tf.cast(size, tf.int64), 2)
        mean, variance = tf.nn.moments(
            tf.image.convert_image_dtype(pixels, tf.float32), axes=[0, 1, 2]
        )
        return {
            features.HEIGHT: height,
            features.WIDTH: width,
            features.CHANNELS: tf.shape(pixels, tf.int64)[2],
            features.BRIGHTNESS: mean,
            features.CONTRAST: tf.sqrt(variance),
        }

    return tf.map_fn(
        measure,
        encoded,
        parallel_iterations=1,  # so that memory holds only one decoded image
        fn_output_signature=_MEASURES,
    )


def _read_examples(shard: Shard) -> Iterator[bytes]:
    description = shard.description
    class_names = [name.encode() for name in description.class_names]

    @tf.autograph.experimental.do_not_convert
    def measure(images: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {
            features.IMAGE: images,
            features.LABEL: labels,
            **measure_images(images, description),
        }

    batches = (
        shard.records.batches()
        .map(measure, num_parallel_calls=PARALLEL_CALLS)
        .prefetch(1)
        .with_options(NO_AUTOTUNING)
    )
    # All examples are made in one message; new ones would take three times as long.
    example = tf.train.Example()
    values = {
        key: getattr(example.features.feature[key], _LISTS[dtype]).value
        for key, dtype in _FEATURES.items()
    }
    for batch in batches.as_numpy_iterator():
        columns = {key: column.tolist() for key, column in batch.items()}
        labels = columns[features.LABEL]
        columns[features.CLASS_NAME] = [class_names[label] for label in labels]
        targets = [values[key] for key in columns]
        for row in zip(*columns.values(), strict=True):
            for target, value in zip(targets, row, strict=True):
                target[:] = [value]
            yield example.SerializeToString(deterministic=True)
        advance(len(labels))
