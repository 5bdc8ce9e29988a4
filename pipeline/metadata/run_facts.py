"""Records facts of a run beside its nodes: name, note, tags, command and machine.

They are properties of the run's context in ML Metadata, so no stage depends on them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from components.machine import Machine

if TYPE_CHECKING:
    import ml_metadata
    from ml_metadata.proto import metadata_store_pb2 as pb

RUN_TYPE = "pipeline_run"
"""Type of the context that TFX makes for a run."""


class RunFacts(BaseModel):
    """What is known of a run as a whole.

    Attributes:
        name: Name that the user gave it; empty if none.
        note: The user's note; empty if none.
        tags: The user's tags.
        command: The command that started it; empty if it wasn't recorded.
        output: The output folder in which it ran; empty if it wasn't recorded.
        machine: The machine and the code with which it began; None if they weren't
            recorded.
    """

    model_config = ConfigDict(frozen=True)

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    command: str = ""
    output: str = ""
    machine: Machine | None = None

    def describe(self) -> dict[str, str]:
        """Returns the facts that are known, for people: by their name, a text."""
        machine = self.machine or Machine()
        state = ", with changes" if machine.clean is False else ""
        texts = {
            "name": self.name,
            "note": self.note,
            "tags": ", ".join(self.tags),
            "command": self.command,
            "commit": f"{machine.commit}{state}" if machine.commit else "",
            "machine": ", ".join(
                [
                    machine.host,
                    machine.processor,
                    f"{machine.cores} cores",
                    *machine.accelerators,
                    f"UTC{machine.zone}",
                ]
            )
            if self.machine
            else "",
            "versions": ", ".join(
                f"{name} {version}" for name, version in machine.versions.items()
            ),
        }
        return {name: text for name, text in texts.items() if text}


def read_facts(context: pb.Context | None) -> RunFacts:
    """Reads the facts of a run.

    Args:
        context: The run's context; None if it has none yet.

    Returns:
        The facts. Those that can't be read are as if they weren't recorded.
    """
    facts = RunFacts()
    for name, value in context.custom_properties.items() if context else ():
        if name in RunFacts.model_fields:
            # Another version of this project, or another program, may have written it.
            with suppress(ValueError, ValidationError):
                read = RunFacts.model_validate({name: json.loads(value.string_value)})
                facts = facts.model_copy(update={name: getattr(read, name)})
    return facts


def write_facts(store: ml_metadata.MetadataStore, run_id: str, facts: RunFacts) -> None:
    """Records facts of a run. Those that were recorded before and aren't set stay.

    Args:
        store: The store.
        run_id: Identifier of the run. Its context is made if it doesn't exist yet.
        facts: Facts. Only the fields that were set explicitly are recorded.
    """
    # Imported late, because the commands need these facts before they open a store.
    import ml_metadata
    from ml_metadata.proto import metadata_store_pb2 as pb

    context = store.get_context_by_type_and_name(RUN_TYPE, run_id)
    if context is None:
        type_id = store.put_context_type(
            pb.ContextType(name=RUN_TYPE), can_add_fields=True, can_omit_fields=True
        )
        context = pb.Context(type_id=type_id, name=run_id)
    values = facts.model_dump(mode="json", exclude_unset=True)
    for name, value in values.items():
        context.custom_properties[name].string_value = json.dumps(value)
    # Another step of the same run may have made the context meanwhile.
    with suppress(ml_metadata.errors.AlreadyExistsError):
        store.put_contexts([context])
