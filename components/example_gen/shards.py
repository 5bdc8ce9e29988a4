"""Writes shards of images as files of tf.Examples."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.example_gen.source import Records
from components.progress import advance
from components.tfrecords import NO_AUTOTUNING, PARALLEL_CALLS
from components.transform.decoding import decode_image

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


def measure_images(encoded: tf.Tensor, channels: int) -> dict[str, tf.Tensor]:
    """Measures images.

    Args:
        encoded: Bytes of image files, string tensor of shape (N,).
        channels: Channels to decode them to; 0 for their own, not rotated.

    Returns:
        Height, width and channels in pixels, int64 of shape (N,); brightness and
        contrast, float32 of shape (N,) in [0, 1].
    """

    def measure(element: tf.Tensor) -> dict[str, tf.Tensor]:
        if channels:
            pixels = decode_image(element, channels)
        else:
            pixels = tf.io.decode_image(element, expand_animations=False)
        height, width, depth = tf.unstack(tf.shape(pixels, out_type=tf.int64), 3)
        mean, variance = tf.nn.moments(
            tf.image.convert_image_dtype(pixels, tf.float32), axes=[0, 1, 2]
        )
        return {
            features.HEIGHT: height,
            features.WIDTH: width,
            features.CHANNELS: depth,
            features.BRIGHTNESS: mean,
            features.CONTRAST: tf.sqrt(variance),
        }

    return tf.map_fn(
        measure,
        encoded,
        parallel_iterations=1,  # so that memory holds only one decoded image
        fn_output_signature=_MEASURES,
    )


def measured_channels(description: DataDescription) -> int:
    """Returns the channels in which images are measured, for `measure_images`.

    Args:
        description: The images that the network takes.

    Returns:
        Those of the network; 0 if it refuses other images, which are then measured as
        they are.
    """
    return 0 if description.resize == "none" else description.channels


def _read_examples(shard: Shard) -> Iterator[bytes]:
    description = shard.description
    class_names = [name.encode() for name in description.class_names]
    channels = measured_channels(description)

    @tf.autograph.experimental.do_not_convert
    def measure(images: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {
            features.IMAGE: images,
            features.LABEL: labels,
            **measure_images(images, channels),
        }

    batches = (
        shard.records.batches()
        .map(measure, num_parallel_calls=PARALLEL_CALLS)
        .prefetch(1)
        .with_options(NO_AUTOTUNING)
    )
    for batch in batches.as_numpy_iterator():
        columns = {key: values.tolist() for key, values in batch.items()}
        for row in zip(*columns.values(), strict=True):
            yield _to_example(dict(zip(columns, row, strict=True)), class_names)
        advance(len(columns[features.LABEL]))


def _to_example(row: dict[str, Any], class_names: list[bytes]) -> bytes:
    example = tf.train.Example()
    feature = example.features.feature
    feature[features.IMAGE].bytes_list.value.append(row[features.IMAGE])
    for key in (features.LABEL, features.HEIGHT, features.WIDTH, features.CHANNELS):
        feature[key].int64_list.value.append(row[key])
    for key in (features.BRIGHTNESS, features.CONTRAST):
        feature[key].float_list.value.append(row[key])
    feature[features.CLASS_NAME].bytes_list.value.append(
        class_names[row[features.LABEL]]
    )
    return example.SerializeToString(deterministic=True)
