"""Records facts in ML Metadata as artifacts of our own, outside of any run.

Each is the output of an execution with a type of the same name, whose input is the
artifact that the facts are about.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.conversion import make_artifact
from pipeline.metadata.records import Artifact


@dataclass(frozen=True)
class Record:
    """Facts that were recorded.

    Attributes:
        artifact: Holds the facts in its properties; its URI is the file that they are
            from.
        about: Identifier of the artifact that they are about; None if ML Metadata
            doesn't know it.
    """

    artifact: Artifact
    about: int | None

    def fact(self, name: str) -> str:
        """Returns a fact, as text; empty if it wasn't recorded yet at that time."""
        return str(self.artifact.properties.get(name, ""))

    @property
    def time(self) -> datetime.datetime:
        """When they were recorded, with the zone."""
        return datetime.datetime.fromisoformat(self.fact("time"))


def record_facts(
    store: ml_metadata.MetadataStore,
    type_name: str,
    uri: str,
    facts: Mapping[str, str | int],
    about: pb.Artifact | None,
) -> None:
    """Records facts, and the time.

    Args:
        store: The store, which must be writable.
        type_name: Type of the artifact and of the execution.
        uri: The file that the facts are from.
        facts: Values by their names, which are the same for each artifact of the type.
        about: The artifact that they are about; None if ML Metadata doesn't know it.
    """
    now = datetime.datetime.now().astimezone()
    facts = {**facts, "time": now.isoformat(timespec="seconds")}
    kinds = {
        name: pb.INT if isinstance(value, int) else pb.STRING
        for name, value in facts.items()
    }
    artifact = pb.Artifact(
        type_id=store.put_artifact_type(
            pb.ArtifactType(name=type_name, properties=kinds),
            # A store may have facts from before one was added.
            can_add_fields=True,
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


def load_facts(
    store: ml_metadata.MetadataStore, type_name: str, newest_of: str | None = None
) -> list[Record]:
    """Loads what `record_facts` has recorded, the oldest first.

    Args:
        store: The store.
        type_name: Type of the artifacts.
        newest_of: Name of a fact; of each of its values, only the newest artifact is
            loaded. All if None.
    """
    found = sorted(store.get_artifacts_by_type(type_name), key=lambda each: each.id)
    if newest_of is not None:
        found = list(
            {each.properties[newest_of].string_value: each for each in found}.values()
        )
    about = _find_subjects(store, found)
    return [Record(make_artifact(each, None, ()), about.get(each.id)) for each in found]


def _find_subjects(
    store: ml_metadata.MetadataStore, artifacts: Sequence[pb.Artifact]
) -> dict[int, int]:
    """Returns what each artifact is about, if ML Metadata knows that, by identifier."""
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
