"""Runs, as ML Metadata recorded them.

TFX records a run as a context of type `pipeline_run`, and each of its nodes as an
execution in that context and in one of type `node`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError

ERROR_PROPERTY = "error_message"


class State(str, Enum):
    """How a node ended."""

    RAN = "ran"
    CACHED = "cached"
    FAILED = "failed"
    RUNNING = "running"


_STATES = {
    pb.Execution.COMPLETE: State.RAN,
    pb.Execution.CACHED: State.CACHED,
    pb.Execution.FAILED: State.FAILED,
    pb.Execution.CANCELED: State.FAILED,
}


@dataclass(frozen=True)
class Artifact:
    """An artifact: where it lies and what was recorded on it."""

    id: int
    uri: str
    properties: Mapping[str, object]


@dataclass(frozen=True)
class NodeRun:
    """One node of one run.

    Attributes:
        node_id: Name of the node in the pipeline.
        execution_id: Identifier in ML Metadata.
        state: How it ended.
        seconds: From its registration to its last update.
        error: What went wrong, if it failed.
        outputs: Artifacts by output key.
    """

    node_id: str
    execution_id: int
    state: State
    seconds: float
    error: str
    outputs: Mapping[str, Sequence[Artifact]]


@dataclass(frozen=True)
class Run:
    """A run and its nodes, in the order in which they started."""

    run_id: str
    nodes: Sequence[NodeRun]

    @cached_property
    def _by_node_id(self) -> Mapping[str, NodeRun]:
        return {node.node_id: node for node in self.nodes}

    def node(self, node_id: str) -> NodeRun | None:
        """Returns a node, None if it has not started."""
        return self._by_node_id.get(node_id)

    def output(self, node_id: str, key: str) -> Artifact | None:
        """Returns the artifact of a node's output, None if there is none."""
        node = self.node(node_id)
        artifacts = node.outputs.get(key, ()) if node else ()
        return artifacts[0] if artifacts else None


def load_run(store: ml_metadata.MetadataStore, run_id: str) -> Run:
    """Loads a run.

    Args:
        store: The store.
        run_id: Identifier of the run.

    Returns:
        The run; without nodes if the store doesn't know it.
    """
    context = store.get_context_by_type_and_name("pipeline_run", run_id)
    executions = store.get_executions_by_context(context.id) if context else []
    return Run(
        run_id,
        [
            _load_node(store, execution)
            # Identifiers are given out in the order of registration.
            for execution in sorted(executions, key=lambda execution: execution.id)
        ],
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
        The node as it last ran, None if it has not started.
    """
    context = store.get_context_by_type_and_name("pipeline_run", run_id)
    if context is None:
        return None
    for execution in sorted(
        store.get_executions_by_context(context.id),
        key=lambda execution: execution.id,
        reverse=True,
    ):
        # The newest execution is the node that has just run.
        if _node_id(store, execution) == node_id:
            return _load_node(store, execution)
    return None


def latest_output(store: ml_metadata.MetadataStore, node_id: str, key: str) -> Artifact:
    """Finds what a node made in the newest run that has it.

    Args:
        store: The store.
        node_id: Name of the node.
        key: Output key.

    Returns:
        The artifact.

    Raises:
        InputError: If no run has it.
    """
    contexts = store.get_contexts_by_type("pipeline_run")
    for context in sorted(contexts, key=lambda context: context.id, reverse=True):
        artifact = load_run(store, context.name).output(node_id, key)
        if artifact is not None:
            return artifact
    raise InputError(
        f"ML Metadata must know {key!r} of {node_id}, and no run there has it; run "
        f"the pipeline first, or name another output folder."
    )


def _load_node(store: ml_metadata.MetadataStore, execution: pb.Execution) -> NodeRun:
    state = _STATES.get(execution.last_known_state, State.RUNNING)
    return NodeRun(
        node_id=_node_id(store, execution),
        execution_id=execution.id,
        state=state,
        seconds=(
            execution.last_update_time_since_epoch - execution.create_time_since_epoch
        )
        / 1000,
        # A retry that succeeds leaves the error of the first attempt behind.
        error=execution.custom_properties[ERROR_PROPERTY].string_value
        if state is State.FAILED and ERROR_PROPERTY in execution.custom_properties
        else "",
        outputs=_outputs(store, execution.id),
    )


def _node_id(store: ml_metadata.MetadataStore, execution: pb.Execution) -> str:
    (name,) = (
        context.name
        for context in store.get_contexts_by_execution(execution.id)
        if context.type == "node"
    )
    # TFX names the context after the pipeline and the node.
    return name.rpartition(".")[2]


def _outputs(
    store: ml_metadata.MetadataStore, execution_id: int
) -> Mapping[str, Sequence[Artifact]]:
    keys = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution_id])
        if event.type == pb.Event.OUTPUT
    }
    outputs: dict[str, list[Artifact]] = {}
    for artifact in store.get_artifacts_by_id(list(keys)):
        properties = {
            name: getattr(value, value.WhichOneof("value"))
            for group in (artifact.properties, artifact.custom_properties)
            for name, value in group.items()
            if value.WhichOneof("value")
        }
        outputs.setdefault(keys[artifact.id], []).append(
            Artifact(artifact.id, artifact.uri, properties)
        )
    return outputs
