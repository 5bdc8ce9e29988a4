"""Reads runs from ML Metadata.

TFX records a run as a context of type `pipeline_run`, and each of its nodes as an
execution in that context and in one of type `node`.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.formatting import suggest
from pipeline.metadata.records import Artifact, NodeRun, Run, State

ERROR_PROPERTY = "error_message"
"""Property of an execution: the error of a node that failed."""

END_PROPERTY = "end_time_since_epoch"
"""Property of an execution: time of the last activity of a node that was killed.

In milliseconds since 1970. ML Metadata itself knows only when the record was changed
last."""

# Number of executions or artifacts in one query. A query for each would be slow, and
# one for all of them too large for a server.
_BATCH = 500

# Names that nodes had in version 0.1.
_FORMER_IDS = {"ImageExampleGen": "TfdsExampleGen"}

_STATES = {
    pb.Execution.COMPLETE: State.RAN,
    pb.Execution.CACHED: State.CACHED,
    pb.Execution.FAILED: State.FAILED,
    pb.Execution.CANCELED: State.FAILED,
}


def load_run(store: ml_metadata.MetadataStore, run_id: str) -> Run:
    """Loads a run.

    Args:
        store: The store.
        run_id: Identifier of the run.

    Returns:
        The run; it has no nodes if the store doesn't know it.
    """
    context = store.get_context_by_type_and_name("pipeline_run", run_id)
    executions = store.get_executions_by_context(context.id) if context else []
    return _make_runs(store, {run_id: executions}, _node_ids(store, executions))[0]


def load_runs(store: ml_metadata.MetadataStore) -> list[Run]:
    """Loads all runs, the newest first, in few queries."""
    node_ids = {
        execution.id: _node_id(context)
        for context in store.get_contexts_by_type("node")
        for execution in store.get_executions_by_context(context.id)
    }
    return _make_runs(
        store,
        {
            context.name: store.get_executions_by_context(context.id)
            for context in _newest_first(store)
        },
        node_ids,
    )


def find_run(store: ml_metadata.MetadataStore, name: str | None) -> Run:
    """Loads the run that a user named.

    Args:
        store: The store.
        name: Identifier of the run, or a unique prefix of it; the newest run if None.

    Returns:
        The run.

    Raises:
        InputError: If no run has that name, or several have.
    """
    run_ids = [context.name for context in _newest_first(store)]
    if not run_ids:
        raise InputError(
            "There are no runs yet; run the pipeline first, or name another place "
            "with --output or --metadata."
        )
    if name is None or name in run_ids:
        return load_run(store, name or run_ids[0])
    found = [run_id for run_id in run_ids if name and run_id.startswith(name)]
    if len(found) == 1:
        return load_run(store, found[0])
    if found:
        raise InputError(
            f"A run must be named by its id or a unique prefix of it; received "
            f"{name!r}, with which {len(found)} ids begin; choose one of them, for "
            f"example {found[0]}."
        )
    raise InputError(
        f"A run must be one that ML Metadata knows; received {name!r}; "
        f"{suggest(name, run_ids)}."
    )


def load_node(
    store: ml_metadata.MetadataStore, run_id: str, node_id: str
) -> NodeRun | None:
    """Loads one node of a run, without reading the others.

    Args:
        store: The store.
        run_id: Identifier of the run.
        node_id: Name of the node.

    Returns:
        The latest attempt at the node; None if it hasn't started.
    """
    context = store.get_context_by_type_and_name("pipeline_run", run_id)
    if context is None:
        return None
    for execution in sorted(
        store.get_executions_by_context(context.id),
        key=lambda execution: execution.id,
        reverse=True,
    ):
        # The newest execution comes first: callers ask for the node that ran last.
        if _node_ids(store, [execution])[execution.id] == node_id:
            (run,) = _make_runs(store, {run_id: [execution]}, {execution.id: node_id})
            return run.nodes[0]
    return None


def latest_pipeline(store: ml_metadata.MetadataStore) -> str | None:
    """Returns the name of the newest run's pipeline; None if there are no runs."""
    for context in _newest_first(store):
        name = _pipeline_of(store, context)
        if name is not None:
            return name
    return None


def latest_output(
    store: ml_metadata.MetadataStore,
    node_id: str,
    key: str,
    pipeline: str | None = None,
) -> Artifact:
    """Finds a node's output in the newest run that has it.

    Args:
        store: The store.
        node_id: Name of the node. Its name in version 0.1 is looked for too.
        key: Output key.
        pipeline: Name of the pipeline whose runs are looked at; all if None.

    Returns:
        The artifact.

    Raises:
        InputError: If no run has such an output.
    """
    for context in _newest_first(store):
        if pipeline is not None and _pipeline_of(store, context) != pipeline:
            continue
        run = load_run(store, context.name)
        for name in (node_id, _FORMER_IDS.get(node_id, node_id)):
            artifact = run.output(name, key)
            if artifact is not None and not artifact.deleted:
                return artifact
    runs = "no run there" if pipeline is None else f"no run of {pipeline} there"
    raise InputError(
        f"ML Metadata must know the output {key!r} of {node_id}, but {runs} has it; "
        f"run the pipeline first, or name another output folder."
    )


def _pipeline_of(store: ml_metadata.MetadataStore, run: pb.Context) -> str | None:
    """Returns the name of a run's pipeline; None if no node of it has started."""
    # All nodes of a run belong to the same pipeline.
    for execution in store.get_executions_by_context(run.id)[:1]:
        for context in store.get_contexts_by_execution(execution.id):
            if context.type == "pipeline":
                return str(context.name)
    return None


def _property_values(*groups: Mapping[str, pb.Value]) -> dict[str, object]:
    """Returns the properties that have a value, by name."""
    return {
        name: getattr(value, value.WhichOneof("value"))
        for group in groups
        for name, value in group.items()
        if value.WhichOneof("value")
    }


def _newest_first(store: ml_metadata.MetadataStore) -> list[pb.Context]:
    # ML Metadata numbers the runs in the order of their registration.
    contexts = store.get_contexts_by_type("pipeline_run")
    return sorted(contexts, key=lambda context: context.id, reverse=True)


def _node_ids(
    store: ml_metadata.MetadataStore, executions: Sequence[pb.Execution]
) -> Mapping[int, str]:
    """Returns the name of each execution's node, by the execution's identifier."""
    return {
        execution.id: _node_id(context)
        for execution in executions
        for context in store.get_contexts_by_execution(execution.id)
        if context.type == "node"
    }


def _node_id(context: pb.Context) -> str:
    # TFX names the context PIPELINE.NODE.
    return context.name.rpartition(".")[2]


def _make_runs(
    store: ml_metadata.MetadataStore,
    executions: Mapping[str, Sequence[pb.Execution]],
    node_ids: Mapping[int, str],
) -> list[Run]:
    """Creates runs from executions, and adds the artifacts that these read and made."""
    ids = [execution.id for group in executions.values() for execution in group]
    events: dict[int, list[pb.Event]] = {}
    for batch in _batches(ids):
        for event in store.get_events_by_execution_ids(batch):
            events.setdefault(event.execution_id, []).append(event)
    artifact_ids = {event.artifact_id for group in events.values() for event in group}
    artifacts = {
        artifact.id: _make_artifact(artifact)
        for batch in _batches(sorted(artifact_ids))
        for artifact in store.get_artifacts_by_id(batch)
    }
    return [
        Run(
            run_id,
            [
                _make_node(
                    execution,
                    node_ids[execution.id],
                    events.get(execution.id, []),
                    artifacts,
                )
                for execution in sorted(group, key=lambda execution: execution.id)
                if execution.id in node_ids
            ],
        )
        for run_id, group in executions.items()
    ]


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _make_artifact(artifact: pb.Artifact) -> Artifact:
    return Artifact(
        artifact.id,
        artifact.uri,
        _property_values(artifact.properties, artifact.custom_properties),
        artifact.type,
        artifact.state in (pb.Artifact.MARKED_FOR_DELETION, pb.Artifact.DELETED),
    )


def _make_node(
    execution: pb.Execution,
    node_id: str,
    events: Sequence[pb.Event],
    artifacts: Mapping[int, Artifact],
) -> NodeRun:
    parameters = _property_values(execution.properties, execution.custom_properties)
    error = parameters.pop(ERROR_PROPERTY, "")
    known_end = parameters.pop(END_PROPERTY, None)
    state = _STATES.get(execution.last_known_state, State.RUNNING)
    start, end = (
        execution.create_time_since_epoch,
        execution.last_update_time_since_epoch,
    )
    if state is State.FAILED and isinstance(known_end, int):
        end = known_end
    by_type: dict[int, dict[str, list[Artifact]]] = {}
    for event in events:
        by_key = by_type.setdefault(event.type, {})
        key = event.path.steps[0].key if event.path.steps else ""
        by_key.setdefault(key, []).append(artifacts[event.artifact_id])
    return NodeRun(
        node_id=node_id,
        execution_id=execution.id,
        state=state,
        seconds=(end - start) / 1000,
        # The error of the first attempt stays in the record of a retry that succeeds.
        error=str(error) if state is State.FAILED else "",
        outputs=by_type.get(pb.Event.OUTPUT, {}),
        inputs=by_type.get(pb.Event.INPUT, {}),
        parameters=parameters,
        started=datetime.datetime.fromtimestamp(start / 1000).astimezone(),
    )
