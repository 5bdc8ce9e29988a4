"""Lets one process at a time write to an output folder."""

import contextlib
import datetime
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from components.errors import InputError
from pipeline.metadata.output_place import OutputPlace
from pipeline.settings import Settings

LOCK_FILE = "in-use.lock"
# A file of its own, because some versions of filelock empty the lock file when they
# try to get the lock.
HOLDER_FILE = "in-use.txt"
# Time in which another process may look whether the folder is in use.
_PATIENCE_SECONDS = 0.5
_RUN = "run "


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
    purpose = _holder(output / HOLDER_FILE) if _is_locked(output / LOCK_FILE) else ""
    active = purpose.removeprefix(_RUN).partition(",")[0]
    return OutputPlace(settings.root, active if purpose.startswith(_RUN) else None)


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


@contextlib.contextmanager
def lock_output(output: Path, purpose: str) -> Iterator[None]:
    """Locks an output folder for this process, and creates the folder.

    The operating system releases the lock when the process ends, even if it is killed.
    Folders that are created here are removed at the end if they are empty.

    Args:
        output: The folder.
        purpose: What the folder is used for, for example `run 1`. The error for other
            processes shows it.

    Raises:
        InputError: If another process uses the folder; the error names that process.
    """
    made = [path for path in (output, *output.parents) if not path.exists()]
    output.mkdir(parents=True, exist_ok=True)
    lock_file, holder_file = output / LOCK_FILE, output / HOLDER_FILE
    lock = FileLock(lock_file, timeout=_PATIENCE_SECONDS)
    try:
        lock.acquire(poll_interval=_PATIENCE_SECONDS / 10)
    except Timeout as error:
        raise InputError(
            f"--output must be a folder that nothing else is using; {output} is in "
            f"use by {_holder(holder_file)}; wait until that has ended, or choose "
            f"another folder."
        ) from error
    try:
        started = datetime.datetime.now().isoformat(" ", "seconds")
        holder_file.write_text(f"{purpose}, process {os.getpid()}, since {started}")
        yield
    finally:
        # A process that has opened the lock file meanwhile notices that it was removed,
        # and creates a new one.
        holder_file.unlink(missing_ok=True)
        lock_file.unlink(missing_ok=True)
        lock.release()
        with contextlib.suppress(OSError):
            for path in made:
                path.rmdir()


def _holder(holder_file: Path) -> str:
    # The file isn't there between the lock and the writing of the name.
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return holder_file.read_text() or "another process"
    return "another process"
