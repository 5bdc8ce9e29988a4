"""Converts ML Metadata's messages into records."""

import datetime
from collections.abc import Collection, Mapping, Sequence

from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.output_place import OutputPlace
from pipeline.metadata.records import ENDED_EARLY, Artifact, NodeRun, State

ERROR_PROPERTY = "error_message"
"""Property of an execution: the error of a node that failed."""

END_PROPERTY = "end_time_since_epoch"
"""Property of an execution: time of the last activity of a node that was killed.

In milliseconds since 1970. ML Metadata itself knows only when the record was changed
last."""

PATH_PROPERTIES = {"pushed_destination"}
"""Properties of artifacts that are paths."""

_STATES = {
    pb.Execution.COMPLETE: State.RAN,
    pb.Execution.CACHED: State.CACHED,
    pb.Execution.FAILED: State.FAILED,
    pb.Execution.CANCELED: State.CANCELLED,
}


def _property_values(*groups: Mapping[str, pb.Value]) -> dict[str, object]:
    """Returns the properties that have a value, by name."""
    return {
        name: getattr(value, value.WhichOneof("value"))
        for group in groups
        for name, value in group.items()
        if value.WhichOneof("value")
    }


def make_artifact(
    artifact: pb.Artifact, place: OutputPlace | None, recorded_roots: Collection[str]
) -> Artifact:
    """Converts an artifact.

    Args:
        artifact: ML Metadata's message.
        place: Where the output folder is now; None if it isn't known.
        recorded_roots: Where the output folder was when its runs were recorded.

    Returns:
        The record.
    """
    properties = _property_values(artifact.properties, artifact.custom_properties)
    uri = artifact.uri
    if place:
        uri = place.uri(uri, recorded_roots)
        for name in PATH_PROPERTIES & properties.keys():
            properties[name] = place.uri(str(properties[name]), recorded_roots)
    return Artifact(
        artifact.id,
        uri,
        properties,
        artifact.type,
        artifact.state in (pb.Artifact.MARKED_FOR_DELETION, pb.Artifact.DELETED),
    )


def make_node(
    execution: pb.Execution,
    run_id: str,
    node_id: str,
    events: Sequence[pb.Event],
    artifacts: Mapping[int, Artifact],
    place: OutputPlace | None,
) -> NodeRun:
    """Converts an execution.

    Args:
        execution: ML Metadata's message.
        run_id: The run that it belongs to.
        node_id: Name of its node.
        events: What it read and made.
        artifacts: The artifacts of these events, by identifier.
        place: Where the output folder is now; None if it isn't known.

    Returns:
        The record.
    """
    parameters = _property_values(execution.properties, execution.custom_properties)
    error = parameters.pop(ERROR_PROPERTY, "")
    known_end = parameters.pop(END_PROPERTY, None)
    state = _STATES.get(execution.last_known_state, State.RUNNING)
    if place:
        state = place.state(state, run_id)
    start, end = (
        execution.create_time_since_epoch,
        execution.last_update_time_since_epoch,
    )
    if state in ENDED_EARLY and isinstance(known_end, int):
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
        error=str(error) if state in ENDED_EARLY else "",
        outputs=by_type.get(pb.Event.OUTPUT, {}),
        inputs=by_type.get(pb.Event.INPUT, {}),
        parameters=parameters,
        started=datetime.datetime.fromtimestamp(start / 1000).astimezone(),
    )
