"""Executor of `TfdsExampleGen`: reads the prepared set in Beam, shard by shard."""

import random
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow as tf
import tensorflow_datasets as tfds
from tfx import types
from tfx.components.example_gen import base_example_gen_executor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import json_utils, proto_utils

from components import features
from components.errors import InputError
from components.example_gen.dataset import image_and_label_keys, prepare_dataset
from components.example_gen.sources import source_checksums

_READ_BATCH = 1024


class Executor(base_example_gen_executor.BaseExampleGenExecutor):
    """Prepares the data set with TFDS and writes its splits as tf.Examples."""

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
            InputError: If the set can't be had, or a split has no examples.
        """
        dataset = exec_properties["dataset"]
        builder = prepare_dataset(
            dataset, exec_properties["data_dir"], exec_properties.get("data_mirror")
        )
        splits = [
            example_gen_pb2.Input.Split(
                name=name, pattern=_limited(name, exec_properties.get("max_examples"))
            )
            for name, info in builder.info.splits.items()
            if _has_examples(name, info.num_examples, dataset)
        ]
        # Beam's Reshuffle draws a key for each example, and two examples that draw the
        # same one change places: seeded, an in-process run writes one order each time.
        random.seed(0)
        super().Do(
            input_dict,
            output_dict,
            exec_properties
            | {
                "prepared_dir": str(builder.data_dir),
                standard_component_specs.INPUT_CONFIG_KEY: proto_utils.proto_to_json(
                    example_gen_pb2.Input(splits=splits)
                ),
                standard_component_specs.OUTPUT_CONFIG_KEY: proto_utils.proto_to_json(
                    example_gen_pb2.Output()
                ),
            },
        )
        examples = artifact_utils.get_single_instance(
            output_dict[standard_component_specs.EXAMPLES_KEY]
        )
        examples.set_string_custom_property("dataset_name", builder.name)
        examples.set_string_custom_property("dataset_version", str(builder.version))
        examples.set_string_custom_property(
            "dataset_checksums", json_utils.dumps(source_checksums(dataset))
        )

    def GetInputSourceToExamplePTransform(self) -> type[beam.PTransform]:
        """Returns the transform from a split to its examples."""
        return ReadExamples


class ReadExamples(beam.PTransform):
    """Reads one split of a prepared set as serialized tf.Examples.

    One unit of work per shard that TFDS wrote, so that a large set is read in
    parallel and no worker holds more than a batch of it.
    """

    def __init__(self, exec_properties: dict[str, Any], split_pattern: str):
        """Constructs the transform.

        Args:
            exec_properties: Holds `prepared_dir`, the folder of the prepared set.
            split_pattern: Split in TFDS's slicing syntax, `train[:1000]` say.
        """
        super().__init__()
        self._prepared_dir = exec_properties["prepared_dir"]
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


def _limited(split: str, max_examples: int | None) -> str:
    return f"{split}[:{max_examples}]" if max_examples else split


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
