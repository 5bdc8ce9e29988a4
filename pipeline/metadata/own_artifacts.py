"""Records facts in ML Metadata as artifacts of our own, outside of any run.

Each is the output of an execution with a type of the same name, whose input is the
artifact that the facts are about.
"""

from collections.abc import Mapping, Sequence

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb


def record_facts(
    store: ml_metadata.MetadataStore,
    type_name: str,
    uri: str,
    facts: Mapping[str, str | int],
    about: pb.Artifact | None,
) -> None:
    """Records facts.

    Args:
        store: The store, which must be writable.
        type_name: Type of the artifact and of the execution.
        uri: The file that the facts are from.
        facts: Values by their names, which are the same for each artifact of the type.
        about: The artifact that they are about; None if ML Metadata doesn't know it.
    """
    kinds = {
        name: pb.INT if isinstance(value, int) else pb.STRING
        for name, value in facts.items()
    }
    artifact = pb.Artifact(
        type_id=store.put_artifact_type(
            pb.ArtifactType(name=type_name, properties=kinds)
        ),
        uri=uri,
        state=pb.Artifact.LIVE,
    )
    for name, value in facts.items():
        if isinstance(value, int):
            artifact.properties[name].int_value = value
        else:
            artifact.properties[name].string_value = value
    execution = pb.Execution(
        type_id=store.put_execution_type(pb.ExecutionType(name=type_name)),
        last_known_state=pb.Execution.COMPLETE,
    )
    events = [(artifact, pb.Event(type=pb.Event.OUTPUT))]
    if about is not None:
        events.append((about, pb.Event(type=pb.Event.INPUT)))
    store.put_execution(execution, events, [])


def find_subjects(
    store: ml_metadata.MetadataStore, artifacts: Sequence[pb.Artifact]
) -> dict[int, int]:
    """Finds what recorded facts are about.

    Args:
        store: The store.
        artifacts: Artifacts of `record_facts`.

    Returns:
        The identifier of the artifact that each is about, by its own. Those that are
        about none that ML Metadata knows are missing.
    """
    events = store.get_events_by_artifact_ids([each.id for each in artifacts])
    executions = {event.artifact_id: event.execution_id for event in events}
    inputs = {
        event.execution_id: event.artifact_id
        for event in store.get_events_by_execution_ids(list(executions.values()))
        if event.type == pb.Event.INPUT
    }
    return {
        artifact: inputs[execution]
        for artifact, execution in executions.items()
        if execution in inputs
    }
