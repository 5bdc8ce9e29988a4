"""Configures TFX's Transform so that it writes only its graph."""

from typing import Any

from tfx import types
from tfx.components.transform import component, executor
from tfx.dsl.components.base import executor_spec
from tfx.proto import transform_pb2
from tfx.types import artifact_utils, channel
from tfx.types import standard_component_specs as standard
from tfx.utils import json_utils

from components.code_digest import code_digest
from components.data_description import DataDescription
from components.transform import preprocessing


class Executor(executor.Executor):
    """Passes the description of the examples to the preprocessing function."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Makes the graph for images and classes as the examples have them."""
        examples = artifact_utils.get_single_instance(input_dict[standard.EXAMPLES_KEY])
        description = DataDescription.read(examples.uri)
        config = json_utils.loads(exec_properties[standard.CUSTOM_CONFIG_KEY])
        config[preprocessing.DESCRIPTION_KEY] = description.model_dump()
        super().Do(
            input_dict,
            output_dict,
            exec_properties | {standard.CUSTOM_CONFIG_KEY: json_utils.dumps(config)},
        )


class Transform(component.Transform):
    """Decodes, resizes and scales the images."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, examples: channel.BaseChannel, schema: channel.BaseChannel):
        """Constructs the component.

        It doesn't write the transformed examples: float pixels need several times the
        space of encoded images, and the Trainer applies the graph while it reads. It
        computes no statistics, because StatisticsGen has done that.

        Args:
            examples: Raw examples.
            schema: Their schema.
        """
        function = preprocessing.preprocessing_fn
        super().__init__(
            examples=examples,
            schema=schema,
            preprocessing_fn=f"{function.__module__}.{function.__name__}",
            splits_config=transform_pb2.SplitsConfig(analyze=["train"]),
            materialize=False,
            disable_statistics=True,
            disable_analyzer_cache=True,
            custom_config={
                "code_digest": code_digest(
                    __package__, "tensorflow", "tensorflow-transform", "tfx"
                )
            },
        )
