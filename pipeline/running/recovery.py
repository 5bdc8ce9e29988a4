"""Clears away what runs left that were killed. Nothing here imports TensorFlow.

A run that ends by itself cleans up after itself. One that is killed leaves
executions that ML Metadata has as running, their half-written artifacts, and
temporary folders; none of them is ever used, but they take space and mislead.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.run_reader import ERROR_PROPERTY
from pipeline.settings import Settings

# Where TFX keeps what is no artifact, below each node's folder.
_EXECUTIONS = ".system/executor_execution"
_TEMPORARY = (f"{_EXECUTIONS}/*/.temp", ".system/stateful_working_dir/*")
_UNFINISHED = (pb.Execution.NEW, pb.Execution.RUNNING)


def recover(settings: Settings) -> None:
    """Removes the remains of killed runs; whoever calls it holds the output's lock.

    Args:
        settings: Settings of a run on the same output folder.
    """
    root = Path(settings.pipeline_root)
    if root.is_dir():
        store = open_existing_store(settings.metadata_address, writable=True)
        for execution in _interrupted(store, settings):
            # The record last: as long as it says that the stage is running, the next
            # call finds the files.
            for folder in root.glob(f"*/*/{execution.id}"):
                shutil.rmtree(folder)
            for folder in root.glob(f"*/{_EXECUTIONS}/{execution.id}"):
                shutil.rmtree(folder)
            _mark_failed(store, execution)
        for pattern in _TEMPORARY:
            for folder in root.glob(f"*/{pattern}"):
                shutil.rmtree(folder)
    # Servers see folders with a number for a name only; the Pusher hides all others.
    for folder in Path(settings.serving_dir).glob(".*/"):
        shutil.rmtree(folder)
    shutil.rmtree(settings.scratch_dir, ignore_errors=True)


def _interrupted(
    store: ml_metadata.MetadataStore, settings: Settings
) -> Sequence[pb.Execution]:
    executions = [
        execution
        for execution in store.get_executions()
        if execution.last_known_state in _UNFINISHED
    ]
    if settings.metadata is None:
        return executions
    # A server may hold runs on other output folders, and these may be going on.
    root = Path(settings.pipeline_root)
    return [
        execution
        for execution in executions
        if any(root.glob(f"*/{_EXECUTIONS}/{execution.id}"))
    ]


def _mark_failed(store: ml_metadata.MetadataStore, execution: pb.Execution) -> None:
    execution.last_known_state = pb.Execution.FAILED
    execution.custom_properties[
        ERROR_PROPERTY
    ].string_value = "The process was killed before the stage had ended."
    store.put_executions([execution])
