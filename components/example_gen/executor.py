"""Executor of `TfdsExampleGen`: reads the prepared set in Beam, shard by shard."""

import os
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow as tf
import tensorflow_datasets as tfds
from tfx import types
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.utils import json_utils

from components import features
from components.errors import InputError
from components.example_gen.dataset import image_and_label_keys, prepare_dataset
from components.example_gen.sources import source_checksums

_READ_BATCH = 1024
_NEEDED_SPLITS = ("train", "test")


class Executor(base_beam_executor.BaseBeamExecutor):
    """Prepares the data set with TFDS and writes its splits as tf.Examples.

    TFX's base executor shuffles the examples before it writes them, for which an
    in-process Beam holds all of them in memory. TFDS has shuffled them already, so
    here each shard is written as it is read.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the examples and records where they came from.

        Args:
            input_dict: Empty.
            output_dict: `examples`, the artifact to fill.
            exec_properties: The parameters of `TfdsExampleGenSpec`.

        Raises:
            InputError: If the set can't be had, lists its classes in another order
                than `components/features.py`, or lacks examples in a split.
        """
        dataset = exec_properties["dataset"]
        builder = prepare_dataset(
            dataset, exec_properties["data_dir"], exec_properties.get("data_mirror")
        )
        _check_class_order(builder)
        _check_splits(builder)
        splits = {
            name: _limited(name, info.num_examples, exec_properties.get("max_examples"))
            for name, info in builder.info.splits.items()
            if _has_examples(name, info.num_examples, dataset)
        }
        examples = artifact_utils.get_single_instance(output_dict["examples"])
        examples.split_names = artifact_utils.encode_split_names(list(splits))
        with self._make_beam_pipeline() as pipeline:
            for name, pattern in splits.items():
                folder = artifact_utils.get_split_uri([examples], name)
                _ = (
                    pipeline
                    | f"Read[{name}]" >> ReadExamples(str(builder.data_dir), pattern)
                    | f"Write[{name}]"
                    >> beam.io.WriteToTFRecord(
                        os.path.join(folder, "data_tfrecord"), file_name_suffix=".gz"
                    )
                )
        examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
        examples.set_string_custom_property("dataset_name", builder.name)
        examples.set_string_custom_property("dataset_version", str(builder.version))
        examples.set_string_custom_property(
            "dataset_checksums", json_utils.dumps(source_checksums(dataset))
        )


class ReadExamples(beam.PTransform):
    """Reads one split of a prepared set as serialized tf.Examples.

    One unit of work per shard that TFDS wrote, so that a large set is read in
    parallel and no worker holds more than a batch of it.
    """

    def __init__(self, prepared_dir: str, split_pattern: str):
        """Constructs the transform.

        Args:
            prepared_dir: Folder of the prepared set.
            split_pattern: Split in TFDS's slicing syntax, `train[:1000]` say.
        """
        super().__init__()
        self._prepared_dir = prepared_dir
        self._split_pattern = split_pattern

    def expand(self, pbegin: beam.pvalue.PBegin) -> beam.PCollection:
        """Reads the shards in parallel."""
        builder = tfds.builder_from_directory(self._prepared_dir)
        shards = len(builder.info.splits[self._split_pattern].file_instructions)
        return (
            pbegin
            | beam.Create(tfds.even_splits(self._split_pattern, n=shards))
            | beam.Reshuffle()
            | beam.FlatMap(_read_examples, self._prepared_dir).with_output_types(bytes)
        )


def _limited(split: str, count: int, max_examples: int | None) -> str:
    # TFDS refuses a slice that is longer than the split.
    return f"{split}[:{min(count, max_examples)}]" if max_examples else split


def _check_class_order(builder: tfds.core.DatasetBuilder) -> None:
    """Refuses labels that would mean other classes here than in the data set.

    Statistics can't see that; they do see classes that are too many or missing.
    """
    _, label_key = image_and_label_keys(builder)
    pairs = zip(
        builder.info.features[label_key].names, features.CLASS_NAMES, strict=False
    )
    for label, (received, expected) in enumerate(pairs):
        if received != expected:
            raise InputError(
                f"The classes of the data set must be those of components/features.py, "
                f"in that order: label {label} of {builder.info.full_name!r} is "
                f"{received!r} instead of {expected!r}; choose another data set, or "
                f"change CLASS_NAMES."
            )


def _check_splits(builder: tfds.core.DatasetBuilder) -> None:
    missing = [name for name in _NEEDED_SPLITS if name not in builder.info.splits]
    if missing:
        raise InputError(
            f"A data set needs the splits {' and '.join(_NEEDED_SPLITS)}: "
            f"{builder.info.full_name!r} has {', '.join(builder.info.splits)} and not "
            f"{' and '.join(map(repr, missing))}; choose another data set."
        )


def _has_examples(split: str, count: int, dataset: str) -> bool:
    if not count:
        raise InputError(
            f"Every split of a data set needs examples: split {split!r} of "
            f"{dataset!r} has none; choose another data set or version."
        )
    return True


def _read_examples(split: Any, prepared_dir: str) -> Iterator[bytes]:
    builder = tfds.builder_from_directory(prepared_dir)
    image_key, label_key = image_and_label_keys(builder)
    class_names = [name.encode() for name in builder.info.features[label_key].names]
    dataset = builder.as_dataset(
        split=split, decoders={image_key: tfds.decode.SkipDecoding()}
    )
    measured = dataset.map(
        lambda element: _measure(element[image_key], element[label_key]),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    for batch in measured.batch(_READ_BATCH).prefetch(1).as_numpy_iterator():
        columns = {key: values.tolist() for key, values in batch.items()}
        for row in zip(*columns.values(), strict=True):
            yield _to_example(dict(zip(columns, row, strict=True)), class_names)


def _measure(encoded: tf.Tensor, label: tf.Tensor) -> dict[str, tf.Tensor]:
    """Adds what statistics can see of the pixels: size, brightness and contrast."""
    pixels = tf.io.decode_image(encoded, expand_animations=False)
    height, width, channels = tf.unstack(tf.shape(pixels, out_type=tf.int64), 3)
    scaled = tf.image.convert_image_dtype(pixels, tf.float32)
    return {
        features.IMAGE: encoded,
        features.LABEL: label,
        features.HEIGHT: height,
        features.WIDTH: width,
        features.CHANNELS: channels,
        features.BRIGHTNESS: tf.reduce_mean(scaled),
        features.CONTRAST: tf.math.reduce_std(scaled),
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
