"""Imports the large libraries in less time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Suspends Python's garbage collector while modules are imported.

    Hardly any of the objects that TensorFlow, TFX and Beam make then becomes garbage,
    but to look through them again and again takes a fifth of the time. Later
    collections leave them out too.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
