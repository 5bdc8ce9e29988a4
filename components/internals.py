"""All uses of other libraries' private code in `components/`, each with its reason.

No other module of `components/` may use such code; ruff's rules SLF001 and TID251 (see
pyproject.toml) check that. After an upgrade of TFX or TFDS, only this module and
`pipeline/internals/` need to be checked.
"""

from typing import Any

import apache_beam as beam
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
from tfx import types
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.components.infra_validator import executor as infra_validator
from tfx.components.pusher.executor import Executor as PusherExecutor
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.base_executor import BaseExecutor

# TFDS raises and documents this error, but doesn't export it.
ChecksumError = NonMatchingChecksumError

# TFX has no public name for the file into which it writes a split's anomalies.
ANOMALIES_FILE = DEFAULT_FILE_NAME


def make_beam_pipeline(executor: BaseBeamExecutor) -> beam.Pipeline:
    """Makes the Beam pipeline of an executor.

    TFX's own executors call this method of their base class, which has no public name.

    Args:
        executor: The executor. Its component has the arguments for Beam.

    Returns:
        The pipeline.
    """
    return executor._make_beam_pipeline()


def run_of(executor: BaseExecutor) -> tuple[str, str]:
    """Returns the name of the pipeline and the identifier of the run.

    An executor's context has no public name.

    Args:
        executor: A running executor.

    Returns:
        Name of the pipeline, and identifier of the run.
    """
    context: Any = executor._context
    return context.pipeline_info.id, context.pipeline_run_id


def mark_pushed(
    executor: PusherExecutor,
    pushed_model: types.Artifact,
    destination: str,
    version: str,
) -> None:
    """Records that a model was pushed, with the private method of TFX's Pusher.

    Args:
        executor: An executor that inherits from TFX's Pusher.
        pushed_model: The artifact that gets the record.
        destination: Folder or URI of the version.
        version: The version.
    """
    executor._MarkPushed(
        pushed_model, pushed_destination=destination, pushed_version=version
    )


def mark_not_pushed(executor: PusherExecutor, pushed_model: types.Artifact) -> None:
    """Records that no model was pushed, with the private method of TFX's Pusher.

    Args:
        executor: An executor that inherits from TFX's Pusher.
        pushed_model: The artifact that gets the record.
    """
    executor._MarkNotPushed(pushed_model)


def mark_infra_verdict(blessing: types.Artifact, blessed: bool) -> None:
    """Records a verdict as TFX's InfraValidator does, with its private functions.

    Args:
        blessing: The InfraBlessing that gets the record.
        blessed: Whether the model may be pushed.
    """
    if blessed:
        infra_validator._mark_blessed(blessing)
    else:
        infra_validator._mark_not_blessed(blessing)
