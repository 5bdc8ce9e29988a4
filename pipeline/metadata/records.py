"""Data classes of what is read from ML Metadata: runs, nodes and artifacts."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from pipeline.metadata.run_facts import RunFacts


class State(str, Enum):
    """How a node ended."""

    RAN = "ran"
    CACHED = "cached"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KILLED = "killed"
    RUNNING = "running"


ENDED_EARLY = (State.FAILED, State.CANCELLED, State.KILLED)
"""States of a node that made nothing that others can use."""


@dataclass(frozen=True)
class Artifact:
    """An artifact, as ML Metadata recorded it.

    Attributes:
        id: Identifier in ML Metadata.
        uri: Path or URI of its folder.
        properties: Its properties, by name.
        type: `Model`, `Examples` and so on.
        deleted: Whether its files were removed, or their removal was started.
    """

    id: int
    uri: str
    properties: Mapping[str, object]
    type: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class NodeRun:
    """One node of one run.

    Attributes:
        node_id: Name of the node in the pipeline.
        execution_id: Identifier of its execution in ML Metadata.
        state: How it ended.
        seconds: Time from its registration to its last update.
        error: What went wrong; empty if it didn't fail.
        outputs: Artifacts by output key.
        inputs: Artifacts by input key.
        parameters: Values of its parameters, by name.
        started: When it was registered, in local time, with its zone.
    """

    node_id: str
    execution_id: int
    state: State
    seconds: float
    error: str
    outputs: Mapping[str, Sequence[Artifact]]
    inputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    started: datetime.datetime | None = None

    @property
    def read(self) -> list[Artifact]:
        """The artifacts that it read, of all input keys."""
        return [artifact for each in self.inputs.values() for artifact in each]

    @property
    def made(self) -> list[Artifact]:
        """The artifacts that it made or took from the cache, of all output keys."""
        return [artifact for each in self.outputs.values() for artifact in each]

    @property
    def code_digest(self) -> str | None:
        """Digest of the code that the node ran; None for TFX's own components."""
        # TFX's components that run our code record the digest in their custom config.
        config = json.loads(str(self.parameters.get("custom_config") or "{}"))
        digest = self.parameters.get("code_digest") or config.get("code_digest")
        return str(digest) if digest else None


@dataclass(frozen=True)
class Run:
    """A run and its nodes, in the order in which they started.

    Attributes:
        run_id: Its identifier.
        nodes: Its nodes.
        facts: What else was recorded of it: name, note, tags, command, machine.
        pipeline: Name of its pipeline; empty before its first node.
    """

    run_id: str
    nodes: Sequence[NodeRun]
    facts: RunFacts = field(default_factory=RunFacts)
    pipeline: str = ""

    @cached_property
    def _by_node_id(self) -> Mapping[str, NodeRun]:
        return {node.node_id: node for node in self.nodes}

    @property
    def started(self) -> datetime.datetime | None:
        """Time at which the first node was registered; None before that."""
        return min((node.started for node in self.nodes if node.started), default=None)

    @property
    def seconds(self) -> float:
        """Time from the start of the first node to the last update of any node."""
        started = self.started
        return max(
            (
                (node.started - started).total_seconds() + node.seconds
                for node in self.nodes
                if node.started and started
            ),
            default=0.0,
        )

    def node(self, node_id: str) -> NodeRun | None:
        """Returns the latest attempt at a node; None if it hasn't started."""
        return self._by_node_id.get(node_id)

    def output(self, node_id: str, key: str) -> Artifact | None:
        """Returns the first artifact of a node's output; None if there is none."""
        node = self.node(node_id)
        artifacts = node.outputs.get(key, ()) if node else ()
        return artifacts[0] if artifacts else None
