"""Lets one process at a time write to an output folder."""

import contextlib
import datetime
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from components.errors import InputError
from pipeline.metadata.output_place import HOLDER_FILE, LOCK_FILE, read_holder

# Time in which another process may look whether the folder is in use.
_PATIENCE_SECONDS = 0.5


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
            f"use by {read_holder(holder_file)}; wait until that has ended, or choose "
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
