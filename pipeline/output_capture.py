"""Keeps the libraries' logs off the terminal and in a file."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def capture_stderr(log_file: Path, enabled: bool = True) -> Iterator[None]:
    """Sends standard error to a file.

    TensorFlow writes to the file descriptor from C++, so replacing `sys.stderr`
    would not be enough.

    Args:
        log_file: File to append to.
        enabled: Leave standard error alone if false.
    """
    if not enabled:
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(sys.stderr.fileno())
    with log_file.open("a") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    try:
        yield
    except Exception:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os.dup2(terminal, sys.stderr.fileno())
        os.close(terminal)
