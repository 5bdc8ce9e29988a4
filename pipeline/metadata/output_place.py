"""Tells where the files of recorded runs are now, and which run still goes on.

ML Metadata records the full paths of artifacts, and that a node is running. It learns
neither that the output folder was moved, nor that a process was killed.
"""

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.metadata.records import State


@dataclass(frozen=True)
class OutputPlace:
    """An output folder on this machine, with the store of its runs inside.

    Attributes:
        root: The folder.
        active: The run that uses the folder now; None if no process does.
    """

    root: str
    active: str | None

    def uri(self, uri: str, recorded_roots: Collection[str]) -> str:
        """Returns where an artifact's files are now.

        Args:
            uri: The path that was recorded.
            recorded_roots: Where the folder was when its runs were recorded.

        Returns:
            The same path below `root`, if it was recorded below another place of the
            folder; else the path itself.
        """
        for recorded in recorded_roots:
            if recorded != self.root and uri.startswith(f"{recorded}/"):
                return self.root + uri[len(recorded) :]
        return uri

    def state(self, recorded: State, run_id: str) -> State:
        """Returns the state of a node, which may have been killed since.

        Args:
            recorded: The state that was recorded.
            run_id: The run that the node belongs to.
        """
        if recorded is State.RUNNING and run_id != self.active:
            return State.KILLED
        return recorded
