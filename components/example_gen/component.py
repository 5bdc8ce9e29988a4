"""Defines an ExampleGen for sets of images: those of TFDS, and image files."""

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts
from tfx.types.system_executions import Process

from components.code_digest import code_digest
from components.example_gen.executor import Executor
from components.execution_parameters import execution_parameters
from components.image_files.fingerprint import fingerprint
from components.parameters import DataParameters


class ImageExampleGenSpec(component_spec.ComponentSpec):
    """Parameters and outputs of `ImageExampleGen`."""

    PARAMETERS = {
        **execution_parameters(DataParameters),
        "images_fingerprint": component_spec.ExecutionParameter(
            type=str, optional=True
        ),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS: dict[str, component_spec.ChannelParameter] = {}
    OUTPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples)
    }
    TYPE_ANNOTATION = Process


class ImageExampleGen(base_beam_component.BaseBeamComponent):
    """Writes a set of images as tf.Examples.

    Each example contains the encoded image as its source has it, the label, the class
    name, and measures of the pixels for the statistics: height, width, channels,
    brightness and contrast (`components/features.py`). What the classes are, and which
    images the network takes, is written beside them
    (`components/data_description.py`).

    Unlike TFX's file-based ExampleGens, it has no driver, so it runs with every runner.
    """

    SPEC_CLASS = ImageExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, parameters: DataParameters):
        """Constructs the component.

        Args:
            parameters: What to read. `data_dir` or `images` must be given, as an
                absolute path or a URI, and `resize`.
        """
        images = parameters.images
        super().__init__(
            spec=ImageExampleGenSpec(
                **DataParameters.values_in(parameters),
                # Without it, the cache would not notice that a file was changed.
                images_fingerprint=fingerprint(images) if images else None,
                code_digest=code_digest(
                    __package__, "pillow", "tensorflow", "tensorflow-datasets"
                ),
                examples=channel.Channel(type=standard_artifacts.Examples),
            )
        )
