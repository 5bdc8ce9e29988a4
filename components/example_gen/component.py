"""ExampleGen that takes any image-classification set that TFDS knows by name."""

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts
from tfx.types.system_executions import Process

from components.code_digest import code_digest
from components.example_gen.executor import Executor


class TfdsExampleGenSpec(component_spec.ComponentSpec):
    """Parameters and outputs of `TfdsExampleGen`."""

    PARAMETERS = {
        "dataset": component_spec.ExecutionParameter(type=str),
        "data_dir": component_spec.ExecutionParameter(type=str),
        "data_mirror": component_spec.ExecutionParameter(type=str, optional=True),
        "max_examples": component_spec.ExecutionParameter(type=int, optional=True),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS: dict[str, component_spec.ChannelParameter] = {}
    OUTPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples)
    }
    TYPE_ANNOTATION = Process


class TfdsExampleGen(base_beam_component.BaseBeamComponent):
    """Writes a TFDS set as tf.Examples, with the splits that TFDS gives it.

    Each example holds the encoded image as TFDS keeps it, the label and class
    name, and what statistics can see of the pixels: the image's height, width,
    channels, brightness and contrast (`components/features.py`).

    Unlike TFX's file-based ExampleGens it has no driver, so it runs unchanged
    under every runner.
    """

    SPEC_CLASS = TfdsExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        dataset: str,
        data_dir: str,
        data_mirror: str | None = None,
        max_examples: int | None = None,
    ):
        """Constructs the component.

        Args:
            dataset: TFDS name with a pinned version, for example `fashion_mnist:3.0.1`.
            data_dir: Folder in which TFDS prepares the set.
            data_mirror: Folder that holds the set's original files, for use
                without the upstream host.
            max_examples: How many examples of each split to take, the first
                ones; all of them by default.
        """
        super().__init__(
            spec=TfdsExampleGenSpec(
                dataset=dataset,
                data_dir=data_dir,
                data_mirror=data_mirror,
                max_examples=max_examples,
                code_digest=code_digest(
                    __package__, "tensorflow", "tensorflow-datasets"
                ),
                examples=channel.Channel(type=standard_artifacts.Examples),
            )
        )
