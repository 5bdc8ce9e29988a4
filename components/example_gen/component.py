"""Defines an ExampleGen for the image classification sets of TFDS."""

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts
from tfx.types.system_executions import Process

from components.code_digest import code_digest
from components.example_gen.executor import Executor
from components.execution_parameters import execution_parameters
from components.parameters import DataParameters


class TfdsExampleGenSpec(component_spec.ComponentSpec):
    """Parameters and outputs of `TfdsExampleGen`."""

    PARAMETERS = {
        **execution_parameters(DataParameters),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS: dict[str, component_spec.ChannelParameter] = {}
    OUTPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples)
    }
    TYPE_ANNOTATION = Process


class TfdsExampleGen(base_beam_component.BaseBeamComponent):
    """Writes a TFDS set as tf.Examples, with the splits that the set has in TFDS.

    Each example contains the encoded image as TFDS stores it, the label, the class
    name, and measures of the pixels for the statistics: height, width, channels,
    brightness and contrast (`components/features.py`).

    Unlike TFX's file-based ExampleGens, it has no driver, so it runs with every runner.
    """

    SPEC_CLASS = TfdsExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, parameters: DataParameters):
        """Constructs the component.

        Args:
            parameters: What to read. `data_dir` must be given, as an absolute path or
                a URI.
        """
        super().__init__(
            spec=TfdsExampleGenSpec(
                **DataParameters.values_in(parameters),
                code_digest=code_digest(
                    __package__, "tensorflow", "tensorflow-datasets"
                ),
                examples=channel.Channel(type=standard_artifacts.Examples),
            )
        )
