"""Defines an InfraValidator that needs no container: it loads the model in a process.

TFX's own InfraValidator starts the real server in a container, or in a pod. So it needs
a Docker engine or rights on the cluster, and it compares no answers.
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from tfx import types
from tfx.components.infra_validator.component import InfraValidator as TfxInfraValidator
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.proto import infra_validator_pb2
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.types import standard_component_specs as standard
from tfx.utils import io_utils, path_utils

from components.code_digest import code_digest, library_versions
from components.data_description import DataDescription
from components.execution_parameters import execution_parameters
from components.infra_validator.docker_address import docker_address
from components.infra_validator.infra_validation import (
    VALIDATION_FILE,
    InfraValidation,
)
from components.infra_validator.validate import validate_model
from components.internals import mark_infra_verdict
from components.parameters import InfraValidationParameters
from components.served_model import signatures
from components.served_model.server_image import SERVER_IMAGE

# Requests that TFX's InfraValidator sends to the real server.
_EXAMPLES = 10
# Longest time until the real server has loaded the model, in seconds.
_LOADING_SECONDS = 60
# Whatever the reason of a refusal, TFX starts the server as often again.
_TRIES = 2
# Of the reasons, in ML Metadata; the file has all.
_REASONS_CHARACTERS = 1000


class InfraValidatorSpec(component_spec.ComponentSpec):
    """Parameters, inputs and outputs of `InfraValidator`."""

    PARAMETERS = {
        **execution_parameters(InfraValidationParameters),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {
        standard.MODEL_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.Model
        ),
        standard.EXAMPLES_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.Examples
        ),
        standard.EVALUATION_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.ModelEvaluation
        ),
    }
    OUTPUTS = standard.InfraValidatorSpec.OUTPUTS


class Executor(base_executor.BaseExecutor):
    """Validates the model, and records what was found."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Validates the model; writes the verdict and the measures."""
        model, examples, evaluation = (
            artifact_utils.get_single_instance(input_dict[key])
            for key in InfraValidatorSpec.INPUTS
        )
        blessing = artifact_utils.get_single_instance(
            output_dict[standard.BLESSING_KEY]
        )
        with _local_folder(path_utils.serving_model_path(model.uri)) as model_dir:
            found = validate_model(
                model_dir,
                evaluation.uri,
                DataDescription.read(examples.uri),
                InfraValidationParameters.of_execution(exec_properties),
            )
        mark_infra_verdict(blessing, found.blessed)
        io_utils.write_string_file(
            os.path.join(blessing.uri, VALIDATION_FILE),
            found.model_dump_json(indent=2),
        )
        _set_properties(blessing, found)
        for reason in found.reasons:
            logging.warning("The model is not pushed: %s", reason)


class InfraValidator(base_component.BaseComponent):
    """Checks that TensorFlow Serving can serve a model, in a process of its own."""

    SPEC_CLASS = InfraValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: channel.BaseChannel,
        examples: channel.BaseChannel,
        evaluation: channel.BaseChannel,
        parameters: InfraValidationParameters,
    ):
        """Constructs the component.

        Args:
            model: Trained model.
            examples: The examples, with the description of the data.
            evaluation: The Evaluator's results, with the predictions that it kept.
            parameters: Limits of latency and memory.
        """
        super().__init__(
            spec=InfraValidatorSpec(
                model=model,
                examples=examples,
                evaluation=evaluation,
                **InfraValidationParameters.values_in(parameters),
                code_digest=code_digest(__package__, "tensorflow"),
                blessing=types.Channel(type=standard_artifacts.InfraBlessing),
            )
        )


def create_docker_validator(
    model: channel.BaseChannel, examples: channel.BaseChannel
) -> TfxInfraValidator:
    """Creates TFX's own InfraValidator, which starts the real server in a container.

    Args:
        model: Trained model.
        examples: Raw examples with the split `test`, some of which the server is asked
            to classify.

    Returns:
        The component. It needs a Docker engine where it runs.
    """
    image, _, tag = SERVER_IMAGE.rpartition(":")
    validator = TfxInfraValidator(
        model=model,
        examples=examples,
        serving_spec=infra_validator_pb2.ServingSpec(
            tensorflow_serving=infra_validator_pb2.TensorFlowServing(
                image_name=image, tags=[tag]
            ),
            local_docker=infra_validator_pb2.LocalDockerConfig(
                # TFX itself looks at no environment variable.
                client_base_url=docker_address()
            ),
        ),
        request_spec=infra_validator_pb2.RequestSpec(
            tensorflow_serving=infra_validator_pb2.TensorFlowServingRequestSpec(
                signature_names=[signatures.SERVING_DEFAULT]
            ),
            split_name="test",
            num_examples=_EXAMPLES,
        ),
        validation_spec=infra_validator_pb2.ValidationSpec(
            max_loading_time_seconds=_LOADING_SECONDS, num_tries=_TRIES
        ),
    )
    # TFX's component ignores a parameter that it doesn't know; the cache compares it.
    validator.exec_properties["library_versions"] = library_versions("tfx")
    return validator


@contextlib.contextmanager
def _local_folder(uri: str) -> Iterator[str]:
    """Yields a folder on this machine with the same files: the process reads no URI."""
    if "://" not in uri:
        yield uri
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "model")
        io_utils.copy_dir(uri, copy)
        yield copy


def _set_properties(blessing: types.Artifact, found: InfraValidation) -> None:
    """Puts what was found into ML Metadata, where no file is needed to read it."""
    if found.reasons:
        text = "; ".join(found.reasons)
        blessing.set_string_custom_property("reasons", text[:_REASONS_CHARACTERS])
    measures = {
        "load_seconds": found.load_seconds,
        "largest_difference": found.largest_difference,
    }
    for latency in found.latencies:
        measures[f"p50_ms_of_{latency.images}"] = latency.p50_ms
        measures[f"p99_ms_of_{latency.images}"] = latency.p99_ms
    for name, value in measures.items():
        if value is not None:
            blessing.set_float_custom_property(name, value)
