"""Runs a function in a process of its own, so that a crash can be reported.

A process that the system kills because memory ran out, or that crashes in native code,
can't report that itself.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

# Nobody reads this exit code, since the parent process is gone.
_ORPHANED = 1


class KilledError(RuntimeError):
    """A signal ended the process.

    Attributes:
        signal_name: The signal, for example `SIGKILL`.
    """

    def __init__(self, signal_name: str):
        super().__init__(f"the process was ended by {signal_name}")
        self.signal_name = signal_name


def supervise(work: Callable[..., int], *arguments: Any) -> int:
    """Runs a function in a new process and waits for its end.

    The new process ends if this one is killed. Ctrl-C in a terminal reaches both
    processes; this one then waits for the end of the other.

    Args:
        work: Function at the top level of a module, which returns an exit code.
        *arguments: Arguments of the function; they must be picklable.

    Returns:
        The exit code of the function.

    Raises:
        KilledError: If a signal ended the process.
    """
    process_class = (
        multiprocessing.get_context("fork").Process
        if _can_fork()
        else multiprocessing.get_context("spawn").Process
    )
    process = process_class(target=_run_and_exit, args=(work, arguments))
    process.start()
    with _forward_signals_to(process):
        process.join()
    code = process.exitcode or 0
    if code < 0:
        raise KilledError(signal.Signals(-code).name)
    return code


def peak_memory_bytes(ru_maxrss: int) -> int:
    """Converts the peak of resident memory, as `getrusage` gives it, to bytes.

    Args:
        ru_maxrss: The peak, in bytes on macOS and in KiB on Linux.

    Returns:
        The peak in bytes.
    """
    return ru_maxrss if sys.platform == "darwin" else ru_maxrss * 1024


def _can_fork() -> bool:
    """Returns whether this is Linux and the process has only one thread.

    A fork is faster than a new start of Python. But it copies only the calling thread,
    and would leave the work of other threads incomplete.
    """
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


@contextmanager
def _forward_signals_to(process: BaseProcess) -> Iterator[None]:
    def terminate(number: int, frame: FrameType | None) -> None:
        process.terminate()

    former_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    former_termination = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former_interrupt)
        signal.signal(signal.SIGTERM, former_termination)


def _run_and_exit(work: Callable[..., int], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    raise SystemExit(work(*arguments))


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(_ORPHANED)
