"""Tells where the files of recorded runs are now, and which run still goes on.

ML Metadata records the full paths of artifacts, and that a node is running. It learns
neither that the output folder was moved, nor that a process was killed.
"""

import contextlib
import fcntl
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.metadata.records import State
from pipeline.settings import Settings

LOCK_FILE = "in-use.lock"
# A file of its own, because some versions of filelock empty the lock file when they
# try to get the lock.
HOLDER_FILE = "in-use.txt"
_RUN = "run "


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


def run_purpose(run_id: str) -> str:
    """Returns the purpose with which a run locks its output folder.

    Args:
        run_id: Identifier of the run.
    """
    return f"{_RUN}{run_id}"


def output_place(settings: Settings) -> OutputPlace | None:
    """Describes where recorded files are now, and which run still goes on.

    Args:
        settings: Settings of a run, or of a command that reads what runs wrote.

    Returns:
        The place; None if ML Metadata isn't in the output folder, since runs on other
        folders and machines may write there too.
    """
    if settings.metadata is not None or not settings.is_local:
        return None
    output = Path(settings.root)
    purpose = (
        read_holder(output / HOLDER_FILE) if _is_locked(output / LOCK_FILE) else ""
    )
    active = purpose.removeprefix(_RUN).partition(",")[0]
    return OutputPlace(settings.root, active if purpose.startswith(_RUN) else None)


def read_holder(holder_file: Path) -> str:
    """Returns what the process that holds the lock says of itself."""
    # The file isn't there between the lock and the writing of the name.
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return holder_file.read_text() or "another process"
    return "another process"


def _is_locked(lock_file: Path) -> bool:
    try:
        file = os.open(lock_file, os.O_RDONLY)
    except OSError:
        return False
    try:
        # The kind of lock that filelock takes. It ends with `close`.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
