"""Defines a Pusher that pushes atomically and retires old versions.

TFX's own Pusher copies files one by one into the folder that TF Serving watches, so a
server may load an incomplete model. And it never removes a version.
"""

import logging
from typing import Any

from tfx import types
from tfx.components.pusher import executor
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.types import standard_component_specs as standard
from tfx.utils import io_utils

from components.code_digest import code_digest
from components.execution_parameters import execution_parameters
from components.internals import mark_not_pushed, mark_pushed
from components.parameters import PushParameters
from components.pusher.model_config import ensure_config
from components.pusher.publish import publish_version
from components.pusher.retire import retire_versions


class PusherSpec(component_spec.ComponentSpec):
    """Parameters, inputs and outputs of `Pusher`."""

    PARAMETERS = {
        "serving_dir": component_spec.ExecutionParameter(type=str),
        **execution_parameters(PushParameters),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {
        standard.MODEL_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.Model
        ),
        standard.MODEL_BLESSING_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.ModelBlessing
        ),
        standard.INFRA_BLESSING_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.InfraBlessing
        ),
        standard.BASELINE_MODEL_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.Model, optional=True
        ),
    }
    OUTPUTS = standard.PusherSpec.OUTPUTS
    TYPE_ANNOTATION = standard.PusherSpec.TYPE_ANNOTATION


class Executor(executor.Executor):
    """Publishes the model if the Evaluator and InfraValidator have blessed it."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Publishes a new version if the model is blessed, and records the result."""
        pushed_model = artifact_utils.get_single_instance(
            output_dict[standard.PUSHED_MODEL_KEY]
        )
        if not self.CheckBlessing(input_dict):
            mark_not_pushed(self, pushed_model)
            return
        serving_dir = exec_properties["serving_dir"]
        model_path = self.GetModelPath(input_dict)
        # Before it is served: what fails, as on a full disk, then publishes nothing.
        io_utils.copy_dir(model_path, pushed_model.uri)
        version = publish_version(model_path, serving_dir)
        ensure_config(serving_dir)
        mark_pushed(self, pushed_model, f"{serving_dir}/{version}", version)
        baselines = input_dict.get(standard.BASELINE_MODEL_KEY, [])
        retired = retire_versions(
            serving_dir,
            exec_properties["keep_versions"],
            {model.uri for model in [*input_dict[standard.MODEL_KEY], *baselines]},
        )
        logging.info("Retired versions: %s", retired or "none")


class Pusher(base_component.BaseComponent):
    """Publishes a blessed model to the folder that TF Serving watches."""

    SPEC_CLASS = PusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: channel.BaseChannel,
        model_blessing: channel.BaseChannel,
        infra_blessing: channel.BaseChannel,
        baseline_model: channel.BaseChannel,
        serving_dir: str,
        parameters: PushParameters,
    ):
        """Constructs the component.

        Args:
            model: Trained model.
            model_blessing: The Evaluator's verdict.
            infra_blessing: InfraValidator's verdict.
            baseline_model: The latest model that was blessed before; its version is
                kept.
            serving_dir: Folder or URI that TF Serving watches, with a subfolder for
                each version.
            parameters: How many versions to keep.
        """
        super().__init__(
            spec=PusherSpec(
                model=model,
                model_blessing=model_blessing,
                infra_blessing=infra_blessing,
                baseline_model=baseline_model,
                serving_dir=serving_dir,
                **PushParameters.values_in(parameters),
                code_digest=code_digest(__package__),
                pushed_model=types.Channel(type=standard_artifacts.PushedModel),
            )
        )
