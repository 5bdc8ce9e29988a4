"""Has TFX's StatisticsGen read examples in batches."""

from typing import Any

from tfx import types
from tfx.components.statistics_gen import component, executor
from tfx.dsl.components.base import executor_spec
from tfx.types import channel

from components.batched_examples import read_in_batches
from components.code_digest import code_digest


class Executor(executor.Executor):
    """Reads the examples in batches."""

    @read_in_batches()
    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Computes the statistics of each split."""
        super().Do(input_dict, output_dict, exec_properties)


class StatisticsGen(component.StatisticsGen):
    """Computes statistics of each split."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, examples: channel.BaseChannel, schema: channel.BaseChannel):
        """Constructs the component.

        Args:
            examples: The examples.
            schema: Their schema, which says what features are.
        """
        super().__init__(examples=examples, schema=schema)
        # The executor ignores a parameter that it doesn't know. The cache compares it.
        self.exec_properties["code_digest"] = code_digest(
            __package__, "tensorflow-data-validation", "tfx", "tfx-bsl"
        )
