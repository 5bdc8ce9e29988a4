"""Reports the progress of the training to a listener in this process.

TFX offers no way to pass a callback to the Trainer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """An epoch that starts, goes on or has ended.

    Attributes:
        number: Its number, from 1.
        count: Number of epochs of the training.
        accuracy: Accuracy on the train split; None until the epoch has ended.
        validation_accuracy: Accuracy on the split on which each epoch is evaluated;
            None until the epoch has ended.
        split: Name of that split.
        part: How much of it is done, from 0 to 1.
    """

    number: int
    count: int
    accuracy: float | None = None
    validation_accuracy: float | None = None
    split: str = "test"
    part: float = 0.0


Listener = Callable[[Epoch], object]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listen_to_epochs(listener: Listener) -> Iterator[None]:
    """Calls a function at the start of each epoch, during it, and at its end.

    Args:
        listener: The function.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report_epoch(epoch: Epoch) -> None:
    """Calls the listener, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(epoch)
