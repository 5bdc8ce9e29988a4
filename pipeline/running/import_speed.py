"""Makes the import of large libraries faster."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Pauses Python's garbage collector while modules are imported.

    TensorFlow, TFX and Beam make many objects while they are imported, and nearly all
    of them stay in use. Searching them for garbage takes a fifth of the time. Later
    collections don't search them either.
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
