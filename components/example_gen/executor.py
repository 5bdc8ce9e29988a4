"""Executes `TfdsExampleGen`: writes the prepared set with Beam, shard by shard."""

from typing import Any

import apache_beam as beam
import tensorflow_datasets as tfds
from tfx import types
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.utils import json_utils

from components import features
from components.errors import InputError
from components.example_gen.dataset import image_and_label_keys, prepare_dataset
from components.example_gen.shards import make_shards, write_shard
from components.internals import make_beam_pipeline
from components.source_files.sources import source_checksums

_NEEDED_SPLITS = ("train", "test")


class Executor(base_beam_executor.BaseBeamExecutor):
    """Prepares the data set with TFDS and writes its splits as tf.Examples.

    TFX's base executor shuffles the examples before it writes them, and Beam in one
    process then holds all of them in memory. TFDS has shuffled them already. So here,
    the elements of Beam are whole shards, and each is written while it is read.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the examples, and records from which data set they are.

        Args:
            input_dict: Empty.
            output_dict: `examples`, the artifact to fill.
            exec_properties: The parameters of `TfdsExampleGenSpec`.

        Raises:
            InputError: If the set isn't available, has its classes in another order
                than `components/features.py`, or has a split without examples.
        """
        dataset = exec_properties["dataset"]
        builder = prepare_dataset(
            dataset, exec_properties["data_dir"], exec_properties.get("data_mirror")
        )
        _check_class_order(builder)
        _check_splits(builder)
        _check_file_format(builder)
        max_examples = exec_properties.get("max_examples")
        splits = {
            name: _limit_split(name, info.num_examples, max_examples)
            for name, info in builder.info.splits.items()
        }
        examples = artifact_utils.get_single_instance(output_dict["examples"])
        examples.split_names = artifact_utils.encode_split_names(list(splits))
        unfinished_dir = f"{examples.uri}/.unfinished"
        shards = [
            shard
            for name, pattern in splits.items()
            for shard in make_shards(
                builder,
                pattern,
                artifact_utils.get_split_uri([examples], name),
                unfinished_dir,
            )
        ]
        with make_beam_pipeline(self) as pipeline:
            _ = (
                pipeline
                | beam.Create(shards)
                # Lets an engine give the shards to different workers.
                | beam.Reshuffle()
                | beam.Map(write_shard)
            )
        fileio.rmtree(unfinished_dir)
        examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
        examples.set_string_custom_property("dataset_name", builder.name)
        examples.set_string_custom_property("dataset_version", str(builder.version))
        examples.set_string_custom_property(
            "dataset_checksums", json_utils.dumps(source_checksums(dataset))
        )


def _limit_split(split: str, count: int, max_examples: int | None) -> str:
    # TFDS refuses slices that are longer than the split.
    return f"{split}[:{min(count, max_examples)}]" if max_examples else split


def _check_class_order(builder: tfds.core.DatasetBuilder) -> None:
    """Refuses a data set in which a label means another class than here.

    The statistics can't show that. They do show superfluous and missing classes.
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
    for name, info in builder.info.splits.items():
        if not info.num_examples:
            raise InputError(
                f"Every split of a data set must have examples: split {name!r} of "
                f"{builder.info.full_name!r} has none; choose another data set or "
                f"version."
            )


def _check_file_format(builder: tfds.core.DatasetBuilder) -> None:
    expected = tfds.core.FileFormat.TFRECORD
    received = builder.info.file_format
    if received != expected:
        raise InputError(
            f"A prepared data set must be in {expected.value} files; "
            f"{builder.data_dir} holds {received.value} files; choose another "
            f"--data-dir, so that the set is prepared there."
        )
