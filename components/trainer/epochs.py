"""Says how far the training is, to whoever listens in this process.

TFX runs the Trainer without a way to hand it a function to call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """An epoch that begins or has ended.

    Attributes:
        number: Its number, from 1.
        count: How many there will be.
        accuracy: On the train split; None as long as it hasn't ended.
        test_accuracy: On the test split, likewise.
    """

    number: int
    count: int
    accuracy: float | None = None
    test_accuracy: float | None = None


Listener = Callable[[Epoch], object]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def epochs_told_to(listener: Listener) -> Iterator[None]:
    """Has a function called at the beginning and at the end of each epoch.

    Args:
        listener: The function.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell_epoch(epoch: Epoch) -> None:
    """Calls the function that listens, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(epoch)
