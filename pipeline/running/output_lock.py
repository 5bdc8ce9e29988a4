"""Lets one process at a time write to an output folder."""

import contextlib
import datetime
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from components.errors import InputError

LOCK_FILE = "in-use.lock"
# A file of its own, because some versions of filelock empty the lock file when they
# try to get the lock.
HOLDER_FILE = "in-use.txt"


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
    lock = FileLock(lock_file, blocking=False)
    try:
        lock.acquire()
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
