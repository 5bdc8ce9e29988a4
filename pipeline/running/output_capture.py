"""Keeps the libraries' logs off the terminal and in a file."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.settings import Settings

# TensorFlow writes to the descriptor from C++, so replacing `sys.stderr` would not
# be enough.
_STDERR = 2


def log_file_of(settings: Settings, run_id: str) -> Path:
    """Returns the file of a run's log.

    Args:
        settings: They name the output folder.
        run_id: Identifier of the run.
    """
    return settings.logs_dir / f"{run_id.replace(':', '-')}.log"


@contextmanager
def capture_stderr(log_file: Path, enabled: bool = True) -> Iterator[None]:
    """Sends standard error to a file, and the traceback of an error too.

    Args:
        log_file: File to append to.
        enabled: Leave standard error alone if false.
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


def log_what_libraries_do() -> None:
    """Has libraries log all that they do, by either way of logging."""
    # Imported late, since commands import this module at their start.
    from absl import logging as absl_logging

    logging.getLogger().setLevel(logging.INFO)
    # Whenever TensorFlow saves a model, it sets absl's level to what absl was told.
    absl_logging.set_verbosity(absl_logging.INFO)
