"""Removes what killed runs left behind. Nothing here imports TensorFlow.

A run that ends by itself removes its temporary files. A killed run leaves executions
that are `running` in ML Metadata, incomplete artifacts, and temporary folders. Nothing
uses them, but they take space and are misleading.
"""

import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.pusher.unfinished import UNFINISHED_PREFIX
from pipeline.internals.tfx_files import EXECUTIONS_FOLDER, TEMPORARY_FOLDERS
from pipeline.metadata.conversion import END_PROPERTY, ERROR_PROPERTY
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.output_place import output_place
from pipeline.metadata.records import State
from pipeline.metadata.run_facts import RUN_TYPE
from pipeline.metadata.run_reader import load_run
from pipeline.running.relocation import correct_paths
from pipeline.settings import Settings

_UNFINISHED = (pb.Execution.NEW, pb.Execution.RUNNING)


def recover(settings: Settings, cancelled: bool = False) -> None:
    """Removes what killed runs left behind. The caller holds the output folder's lock.

    Args:
        settings: Settings of a run on the same output folder.
        cancelled: Whether to record the executions as cancelled instead of failed.
    """
    root = Path(settings.pipeline_root)
    if root.is_dir():
        store = open_existing_store(settings.metadata_address, writable=True)
        if place := output_place(settings):
            correct_paths(store, place)
        for execution in _interrupted(store, settings):
            folders = _folders_of(execution, root)
            end = _last_activity(store, settings, execution, folders)
            # The record comes last: as long as it says that the stage is running, the
            # next call finds the files.
            _remove(folders)
            _mark_ended(store, execution, end, cancelled)
        for pattern in TEMPORARY_FOLDERS:
            _remove(root.glob(f"*/{pattern}"))
    _remove(Path(settings.serving_dir).glob(f"{UNFINISHED_PREFIX}*"))
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
    # A server may also hold runs on other output folders, which may still be running.
    return [
        execution for execution in executions if _ran_here(store, settings, execution)
    ]


def _ran_here(
    store: ml_metadata.MetadataStore, settings: Settings, execution: pb.Execution
) -> bool:
    """Returns whether an execution is part of a run on this output folder.

    TFX creates no folder for a Resolver. For other nodes, it creates one after it has
    resolved their inputs.
    """
    root = Path(settings.pipeline_root)
    if any(root.glob(f"*/{EXECUTIONS_FOLDER}/{execution.id}")):
        return True
    run_id = _run_id(store, execution)
    if run_id is None:
        return False
    if settings.log_file(run_id).exists():
        return True
    # The outputs of cached nodes belong to other runs, so they are left out.
    return any(
        root in Path(artifact.uri).parents
        for node in load_run(store, run_id).nodes
        if node.state is State.RAN
        for artifact in node.made
    )


def _run_id(store: ml_metadata.MetadataStore, execution: pb.Execution) -> str | None:
    for context in store.get_contexts_by_execution(execution.id):
        if context.type == RUN_TYPE:
            return str(context.name)
    return None


def _folders_of(execution: pb.Execution, root: Path) -> list[Path]:
    return [
        *root.glob(f"*/*/{execution.id}"),
        *root.glob(f"*/{EXECUTIONS_FOLDER}/{execution.id}"),
    ]


def _last_activity(
    store: ml_metadata.MetadataStore,
    settings: Settings,
    execution: pb.Execution,
    folders: Iterable[Path],
) -> int:
    """Returns when the execution or its run wrote last, in milliseconds since 1970."""
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    run_id = _run_id(store, execution)
    if run_id is not None:
        paths.append(settings.log_file(run_id))
    times = [int(1000 * path.lstat().st_mtime) for path in paths if path.exists()]
    # The clock of a file server may be ahead of this machine's clock.
    last = min(max(times, default=0), int(1000 * time.time()))
    return max(last, execution.last_update_time_since_epoch)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        # TFX and the Pusher make only folders with such names, no links and no files.
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)


def _mark_ended(
    store: ml_metadata.MetadataStore, execution: pb.Execution, end: int, cancelled: bool
) -> None:
    state, event = (
        (pb.Execution.CANCELED, "The run was interrupted")
        if cancelled
        else (pb.Execution.FAILED, "The process was killed")
    )
    execution.last_known_state = state
    properties = execution.custom_properties
    properties[ERROR_PROPERTY].string_value = f"{event} before the stage had ended."
    properties[END_PROPERTY].int_value = end
    store.put_executions([execution])
