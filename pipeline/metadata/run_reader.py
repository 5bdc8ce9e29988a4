"""Reads runs from ML Metadata.

TFX records a run as a context of type `pipeline_run`, and each of its nodes as an
execution in that context and in one of type `node`.
"""

from collections.abc import Iterable, Mapping, Sequence

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.metadata.conversion import make_artifact, make_node
from pipeline.metadata.output_place import OutputPlace
from pipeline.metadata.records import Artifact, NodeRun, Run
from pipeline.metadata.run_facts import RUN_TYPE, read_facts

# Number of executions or artifacts in one query. A query for each would be slow, and
# one for all of them too large for a server.
_BATCH = 500

# Names that nodes had in version 0.1.
_FORMER_IDS = {"ImageExampleGen": "TfdsExampleGen"}


def load_run(
    store: ml_metadata.MetadataStore, run_id: str, place: OutputPlace | None = None
) -> Run:
    """Loads a run.

    Args:
        store: The store.
        run_id: Identifier of the run.
        place: Where the run's output folder is now; None if it isn't known.

    Returns:
        The run; it has no nodes if the store doesn't know it.
    """
    context = store.get_context_by_type_and_name(RUN_TYPE, run_id)
    executions = store.get_executions_by_context(context.id) if context else []
    node_names = _node_names(store, executions)
    (run,) = _make_runs(store, {run_id: (context, executions)}, node_names, place)
    return run


def load_runs(
    store: ml_metadata.MetadataStore, place: OutputPlace | None = None
) -> list[Run]:
    """Loads all runs, the newest first, in few queries.

    Args:
        store: The store.
        place: Where the runs' output folder is now; None if it isn't known.

    Returns:
        The runs.
    """
    node_names = {
        execution.id: context.name
        for context in store.get_contexts_by_type("node")
        for execution in store.get_executions_by_context(context.id)
    }
    return _make_runs(
        store,
        {
            context.name: (context, store.get_executions_by_context(context.id))
            for context in newest_first(store)
        },
        node_names,
        place,
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
    context = store.get_context_by_type_and_name(RUN_TYPE, run_id)
    if context is None:
        return None
    for execution in sorted(
        store.get_executions_by_context(context.id),
        key=lambda execution: execution.id,
        reverse=True,
    ):
        # The newest execution comes first: callers ask for the node that ran last.
        names = _node_names(store, [execution])
        if _split(names[execution.id])[1] == node_id:
            (run,) = _make_runs(store, {run_id: (context, [execution])}, names)
            return run.nodes[0]
    return None


def latest_pipeline(store: ml_metadata.MetadataStore) -> str | None:
    """Returns the name of the newest run's pipeline; None if there are no runs."""
    for context in newest_first(store):
        name = _pipeline_of(store, context)
        if name is not None:
            return name
    return None


def latest_output(
    store: ml_metadata.MetadataStore,
    node_id: str,
    key: str,
    pipeline: str | None = None,
    place: OutputPlace | None = None,
) -> Artifact:
    """Finds a node's output in the newest run that has it.

    Args:
        store: The store.
        node_id: Name of the node. Its name in version 0.1 is looked for too.
        key: Output key.
        pipeline: Name of the pipeline whose runs are looked at; all if None.
        place: Where the runs' output folder is now; None if it isn't known.

    Returns:
        The artifact.

    Raises:
        InputError: If no run has such an output.
    """
    for context in newest_first(store):
        if pipeline is not None and _pipeline_of(store, context) != pipeline:
            continue
        run = load_run(store, context.name, place)
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


def newest_first(store: ml_metadata.MetadataStore) -> list[pb.Context]:
    """Returns the contexts of all runs, the newest first."""
    # ML Metadata numbers the runs in the order of their registration.
    contexts = store.get_contexts_by_type(RUN_TYPE)
    return sorted(contexts, key=lambda context: context.id, reverse=True)


def _node_names(
    store: ml_metadata.MetadataStore, executions: Sequence[pb.Execution]
) -> Mapping[int, str]:
    """Returns the name of each execution's node context, by the execution's id."""
    return {
        execution.id: context.name
        for execution in executions
        for context in store.get_contexts_by_execution(execution.id)
        if context.type == "node"
    }


def _split(node_name: str) -> tuple[str, str]:
    """Returns the names of the pipeline and of the node."""
    # TFX names the context PIPELINE.NODE.
    pipeline, _, node_id = node_name.rpartition(".")
    return pipeline, node_id


def _make_runs(
    store: ml_metadata.MetadataStore,
    groups: Mapping[str, tuple[pb.Context | None, Sequence[pb.Execution]]],
    node_names: Mapping[int, str],
    place: OutputPlace | None = None,
) -> list[Run]:
    """Creates runs from executions, and adds the artifacts that these read and made."""
    ids = [execution.id for _, group in groups.values() for execution in group]
    events: dict[int, list[pb.Event]] = {}
    for batch in _batches(ids):
        for event in store.get_events_by_execution_ids(batch):
            events.setdefault(event.execution_id, []).append(event)
    roots = _recorded_roots(store) if place else set()
    artifact_ids = {event.artifact_id for group in events.values() for event in group}
    artifacts = {
        artifact.id: make_artifact(artifact, place, roots)
        for batch in _batches(sorted(artifact_ids))
        for artifact in store.get_artifacts_by_id(batch)
    }
    return [
        Run(
            run_id,
            [
                make_node(
                    execution,
                    run_id,
                    _split(node_names[execution.id])[1],
                    events.get(execution.id, []),
                    artifacts,
                    place,
                )
                for execution in sorted(group, key=lambda execution: execution.id)
                if execution.id in node_names
            ],
            read_facts(context),
            # All nodes of a run belong to the same pipeline.
            next(
                (
                    _split(node_names[execution.id])[0]
                    for execution in group
                    if execution.id in node_names
                ),
                "",
            ),
        )
        for run_id, (context, group) in groups.items()
    ]


def _recorded_roots(store: ml_metadata.MetadataStore) -> set[str]:
    """Returns where the output folder was when its runs were recorded."""
    contexts = store.get_contexts_by_type(RUN_TYPE)
    return {facts.output for facts in map(read_facts, contexts) if facts.output}


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
