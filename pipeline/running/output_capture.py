"""Writes the libraries' logs to a file instead of the terminal."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# TensorFlow writes to the descriptor from C++, so replacing `sys.stderr` would not
# be enough.
_STDERR = 2


@contextmanager
def capture_stderr(log_file: Path, enabled: bool = True) -> Iterator[None]:
    """Redirects standard error to a file, and writes an error's traceback there.

    Args:
        log_file: File to append to.
        enabled: Whether to redirect; if false, nothing changes.
    """
    if not enabled:
        yield
        return
    with log_file.open("a", encoding="utf-8") as file:
        sys.stderr.flush()
        terminal = os.dup(_STDERR)
        os.dup2(file.fileno(), _STDERR)
        try:
            yield
        except (Exception, KeyboardInterrupt):
            # On a full disk this fails too; the first error is the one to report.
            with suppress(OSError):
                traceback.print_exc(file=file)
                file.flush()
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, _STDERR)
            os.close(terminal)


def enable_library_logs() -> None:
    """Sets the log level of libraries to INFO, for `logging` and for absl."""
    # Imported late, because commands import this module at their start.
    from absl import logging as absl_logging

    logging.getLogger().setLevel(logging.INFO)
    # When TensorFlow saves a model, it sets absl's log level to this verbosity again.
    absl_logging.set_verbosity(absl_logging.INFO)
