"""TFX's Pusher with an atomic push.

TFX's own executor copies into the folder that TF Serving watches, where a
server may load half a model.
"""

from typing import Any

from tfx import types
from tfx.components.pusher import component, executor
from tfx.dsl.components.base import executor_spec
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, channel
from tfx.types import standard_component_specs as standard
from tfx.utils import io_utils, proto_utils

from components.code_digest import code_digest
from components.pusher.publish import publish_version


class Executor(executor.Executor):
    """Publishes the model if it is blessed."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Publishes a new version and records it, or records that none was."""
        pushed_model = artifact_utils.get_single_instance(
            output_dict[standard.PUSHED_MODEL_KEY]
        )
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed_model)
            return
        destination = proto_utils.json_to_proto(
            exec_properties[standard.PUSH_DESTINATION_KEY],
            pusher_pb2.PushDestination(),
        )
        base_dir = destination.filesystem.base_directory
        model_path = self.GetModelPath(input_dict)
        version = publish_version(
            model_path,
            base_dir,
            {
                "model_uri": artifact_utils.get_single_uri(
                    input_dict[standard.MODEL_KEY]
                )
            },
        )
        io_utils.copy_dir(model_path, pushed_model.uri)
        self._MarkPushed(
            pushed_model,
            pushed_destination=f"{base_dir.rstrip('/')}/{version}",
            pushed_version=version,
        )


class Pusher(component.Pusher):
    """Publishes a blessed model to the folder that TF Serving watches."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: channel.BaseChannel,
        model_blessing: channel.BaseChannel,
        serving_dir: str,
    ):
        """Constructs the component.

        Args:
            model: Trained model.
            model_blessing: The Evaluator's verdict.
            serving_dir: Folder that TF Serving watches, one subfolder a version.
        """
        super().__init__(
            model=model,
            model_blessing=model_blessing,
            push_destination=pusher_pb2.PushDestination(
                filesystem=pusher_pb2.PushDestination.Filesystem(
                    base_directory=serving_dir
                )
            ),
            custom_config={"code_digest": code_digest(__package__)},
        )
