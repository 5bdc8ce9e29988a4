"""Reports the progress of long work to a listener in this process.

A component can't be given a terminal: TFX makes its executor, and Beam copies the
functions that it runs. So there is one listener and one piece of work in a process.
In the processes of other workers there is no listener, and reports have no effect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

Listener = Callable[[str, float, float | None], object]
"""Takes the work's name, how much is done, and how much there is; None if unknown."""

_listener: Listener | None = None
_lock = threading.Lock()
_work: tuple[str, float | None] | None = None
_completed = 0.0


@contextmanager
def listen_to_progress(listener: Listener) -> Iterator[None]:
    """Calls a function whenever work in this process makes progress.

    Args:
        listener: The function. Any thread may call it.
    """
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


def report_progress(title: str, completed: float, total: float | None) -> None:
    """Calls the listener, if there is one.

    Args:
        title: What is being done, in two or three words.
        completed: How much of it is done, in any unit.
        total: How much there is to do, in the same unit; None if unknown.
    """
    if _listener is not None:
        _listener(title, completed, total)


@contextmanager
def work(title: str, total: float | None) -> Iterator[None]:
    """Begins a piece of work, whose parts `advance` reports.

    Args:
        title: What is being done, in two or three words.
        total: How much there is to do, in any unit; None if unknown.
    """
    global _work, _completed
    _work, _completed = (title, total), 0.0
    report_progress(title, 0, total)
    try:
        yield
    finally:
        _work = None


def advance(count: float = 1) -> None:
    """Reports that a part of the current work is done.

    Args:
        count: How much, in the unit of the work.
    """
    global _completed
    if _work is None:
        return
    with _lock:
        _completed += count
        title, total = _work
        report_progress(title, _completed, total)


def work_on(title: str, items: Iterable[Item], total: int) -> Iterator[Item]:
    """Reports progress while the caller iterates over items.

    Args:
        title: What is being done, in two or three words.
        items: The items.
        total: Number of the items.

    Yields:
        The items.
    """
    with work(title, total):
        for item in items:
            yield item
            advance()
