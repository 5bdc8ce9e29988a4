"""Executes `ImageExampleGen`: writes the examples with Beam, shard by shard."""

from typing import Any

import apache_beam as beam
from tfx import types
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.utils import io_utils, json_utils

from components.data_description import PROBLEMS_FILE
from components.example_gen.open_source import open_source
from components.example_gen.shards import Shard, write_shard
from components.example_gen.source import Source
from components.internals import make_beam_pipeline
from components.parameters import DataParameters
from components.progress import work


class Executor(base_beam_executor.BaseBeamExecutor):
    """Writes the splits of a set as tf.Examples, and its description beside them.

    TFX's base executor shuffles the examples before it writes them, and Beam in one
    process then holds all of them in memory. The sources have shuffled them already.
    So here, the elements of Beam are whole shards, and each is written while it is
    read.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the examples, and records from which images they are.

        Args:
            input_dict: Empty.
            output_dict: `examples`, the artifact to fill.
            exec_properties: The parameters of `ImageExampleGenSpec`.

        Raises:
            InputError: If the images aren't available or can't be trained on.
        """
        source = open_source(DataParameters.of_execution(exec_properties))
        examples = artifact_utils.get_single_instance(output_dict["examples"])
        examples.split_names = artifact_utils.encode_split_names(list(source.splits))
        self._write_splits(source, examples)
        source.description.write(examples.uri)
        if source.problems:
            io_utils.write_string_file(
                f"{examples.uri}/{PROBLEMS_FILE}", "\n".join(source.problems)
            )
        examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
        examples.set_string_custom_property("dataset_name", source.description.name)
        examples.set_string_custom_property(
            "dataset_version", source.description.version
        )
        examples.set_string_custom_property(
            "dataset_checksums", json_utils.dumps(source.checksums)
        )

    def _write_splits(self, source: Source, examples: types.Artifact) -> None:
        unfinished_dir = f"{examples.uri}/.unfinished"
        shards = [
            Shard(
                records=records,
                description=source.description,
                file=f"{artifact_utils.get_split_uri([examples], split)}/"
                f"data_tfrecord-{number:05}-of-{len(parts):05}.gz",
                unfinished_dir=unfinished_dir,
            )
            for split, parts in source.splits.items()
            for number, records in enumerate(parts)
        ]
        with (
            work("writing examples", source.count),
            make_beam_pipeline(self) as pipeline,
        ):
            _ = (
                pipeline
                | beam.Create(shards)
                # Lets an engine give the shards to different workers.
                | beam.Reshuffle()
                | beam.Map(write_shard)
            )
        fileio.rmtree(unfinished_dir)
