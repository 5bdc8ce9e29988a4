"""Runs work in a process of its own, so that a crash of it can be reported.

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
    """The work was ended by a signal.

    Attributes:
        signal_name: The signal, for example `SIGKILL`.
    """

    def __init__(self, signal_name: str):
        super().__init__(f"the process was ended by {signal_name}")
        self.signal_name = signal_name


def supervise(work: Callable[..., int], *arguments: Any) -> int:
    """Runs a function in a new process and waits for its end.

    The new process ends if this one is killed. An interrupt from the terminal
    reaches both, and this one waits for the other.

    Args:
        work: Function at the top level of a module; it returns an exit code.
        *arguments: Its arguments, which can be pickled.

    Returns:
        The exit code.

    Raises:
        KilledError: If a signal ended the process.
    """
    process_class = (
        multiprocessing.get_context("fork").Process
        if _can_fork()
        else multiprocessing.get_context("spawn").Process
    )
    process = process_class(target=_work, args=(work, arguments))
    process.start()
    with _signals_passed_to(process):
        process.join()
    code = process.exitcode or 0
    if code < 0:
        raise KilledError(signal.Signals(-code).name)
    return code


def peak_memory_bytes(ru_maxrss: int) -> int:
    """Returns in bytes what `getrusage` and `wait4` say of the most resident memory.

    Args:
        ru_maxrss: Bytes on macOS, KiB on Linux.
    """
    return ru_maxrss if sys.platform == "darwin" else ru_maxrss * 1024


def _can_fork() -> bool:
    """Returns whether this is Linux and the process has one thread.

    A fork copies only the thread that calls it; what others were doing would stay
    half done.

    A fork saves a second start of Python.
    """
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


@contextmanager
def _signals_passed_to(process: BaseProcess) -> Iterator[None]:
    def terminate(number: int, frame: FrameType | None) -> None:
        process.terminate()

    former_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    former_termination = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former_interrupt)
        signal.signal(signal.SIGTERM, former_termination)


def _work(work: Callable[..., int], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    raise SystemExit(work(*arguments))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(_ORPHANED)
