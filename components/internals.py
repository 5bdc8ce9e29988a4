"""All that the components use of other libraries' private code, each with the reason.

Nothing else in `components/` may name it (ruff's SLF001 and TID251 in pyproject.toml),
so that who renews TFX or TFDS looks here, and at `pipeline/internals/`.
"""

from typing import Any

import apache_beam as beam
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
from tfx import types
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.components.pusher.executor import Executor as PusherExecutor
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.base_executor import BaseExecutor

# TFDS raises it and documents it, but doesn't export it.
ChecksumError = NonMatchingChecksumError

# TFX tells no other program under which name it writes a split's anomalies.
ANOMALIES_FILE = DEFAULT_FILE_NAME


def make_beam_pipeline(executor: BaseBeamExecutor) -> beam.Pipeline:
    """Makes the Beam pipeline of an executor.

    TFX's own executors call this method of their base class; it has no public name.

    Args:
        executor: The executor, whose component has the arguments for Beam.
    """
    return executor._make_beam_pipeline()


def run_of(executor: BaseExecutor) -> tuple[str, str]:
    """Returns the name of the pipeline and the identifier of the run.

    An executor's context has no public name.

    Args:
        executor: An executor that runs.
    """
    context: Any = executor._context
    return context.pipeline_info.id, context.pipeline_run_id


def mark_pushed(
    executor: PusherExecutor,
    pushed_model: types.Artifact,
    destination: str,
    version: str,
) -> None:
    """Records that a model was pushed, as TFX's Pusher does, whose methods these are.

    Args:
        executor: An executor that inherits from TFX's.
        pushed_model: The artifact to record it on.
        destination: Folder or URI of the version.
        version: The version.
    """
    executor._MarkPushed(
        pushed_model, pushed_destination=destination, pushed_version=version
    )


def mark_not_pushed(executor: PusherExecutor, pushed_model: types.Artifact) -> None:
    """Records that no model was pushed, as TFX's Pusher does.

    Args:
        executor: An executor that inherits from TFX's.
        pushed_model: The artifact to record it on.
    """
    executor._MarkNotPushed(pushed_model)
