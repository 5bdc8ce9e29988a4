"""Writes the shards of a prepared set as files of tf.Examples."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds

from components import features
from components.example_gen.dataset import image_and_label_keys
from components.tfrecords import NO_AUTOTUNING, PARALLEL_CALLS

_READ_BATCH = 512
# Encoded images can hardly be compressed. This level is much faster than the default.
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)
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
        prepared_dir: Folder of the set that TFDS prepared.
        source: TFRecord file of the set.
        skip: Number of examples to skip at the start of the file.
        take: Number of examples to read after those.
        file: Gzipped TFRecord file to write.
        unfinished_dir: Folder for the file until it is complete.
    """

    prepared_dir: str
    source: str
    skip: int
    take: int
    file: str
    unfinished_dir: str


def make_shards(
    builder: tfds.core.DatasetBuilder, split: str, folder: str, unfinished_dir: str
) -> list[Shard]:
    """Divides a split into the shards that TFDS made.

    Args:
        builder: Builder of the prepared set.
        split: Split in TFDS's slicing syntax, for example `train[:1000]`.
        folder: Folder for the files.
        unfinished_dir: Folder for files until they are complete.

    Returns:
        The shards, in order.
    """
    instructions = builder.info.splits[split].file_instructions
    return [
        Shard(
            prepared_dir=str(builder.data_dir),
            source=str(instruction.filename),
            skip=instruction.skip,
            take=instruction.take,
            file=f"{folder}/data_tfrecord-{number:05}-of-{len(instructions):05}.gz",
            unfinished_dir=unfinished_dir,
        )
        for number, instruction in enumerate(instructions)
    ]


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


def _read_examples(shard: Shard) -> Iterator[bytes]:
    builder = tfds.builder_from_directory(shard.prepared_dir)
    image_key, label_key = image_and_label_keys(builder)
    info = builder.info
    class_names = [name.encode() for name in info.features[label_key].names]
    spec = {key: info.features.tf_example_spec[key] for key in (image_key, label_key)}

    @tf.autograph.experimental.do_not_convert
    def parse(records: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = tf.io.parse_example(records, spec)
        measures = tf.map_fn(
            _measure,
            batch[image_key],
            parallel_iterations=1,  # so that memory holds only one decoded image
            fn_output_signature=_MEASURES,
        )
        return {
            features.IMAGE: batch[image_key],
            features.LABEL: batch[label_key],
            **measures,
        }

    batches = (
        tf.data.TFRecordDataset(shard.source)
        .skip(shard.skip)
        .take(shard.take)
        # Without this, a file that was cut between two records would look complete.
        .apply(tf.data.experimental.assert_cardinality(shard.take))
        # Parsing whole batches takes a third of the time of parsing single examples.
        .batch(_READ_BATCH)
        .map(parse, num_parallel_calls=PARALLEL_CALLS)
        .prefetch(1)
        .with_options(NO_AUTOTUNING)
    )
    for batch in batches.as_numpy_iterator():
        columns = {key: values.tolist() for key, values in batch.items()}
        for row in zip(*columns.values(), strict=True):
            yield _to_example(dict(zip(columns, row, strict=True)), class_names)


def _measure(encoded: tf.Tensor) -> dict[str, tf.Tensor]:
    """Measures an image: its size in pixels, and brightness and contrast in [0, 1]."""
    pixels = tf.io.decode_image(encoded, expand_animations=False)
    height, width, channels = tf.unstack(tf.shape(pixels, out_type=tf.int64), 3)
    mean, variance = tf.nn.moments(
        tf.image.convert_image_dtype(pixels, tf.float32), axes=[0, 1, 2]
    )
    return {
        features.HEIGHT: height,
        features.WIDTH: width,
        features.CHANNELS: channels,
        features.BRIGHTNESS: mean,
        features.CONTRAST: tf.sqrt(variance),
    }


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
