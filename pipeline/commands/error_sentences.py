"""Turns errors into one sentence and an exit code, instead of a traceback."""

import errno
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from components.errors import InputError, NodeFailedError
from pipeline.exit_codes import FAILED
from pipeline.running.supervision import KilledError

# Characters. Longer messages are cut, because some errors quote the data.
_LINE_LENGTH = 300

# Shortages of the system: the error numbers, the words with which native libraries
# report them, and what to do.
_SHORTAGES = (
    (
        (errno.ENOSPC, errno.EDQUOT),
        ("no space left", "disk is full", "disk quota"),
        "The disk is full: free some space",
    ),
    (
        (errno.EMFILE, errno.ENFILE),
        ("too many open files",),
        "Too many files are open: raise the limit, for example by `ulimit -n 4096`",
    ),
    (
        (errno.EROFS,),
        ("read-only file system", "readonly database"),
        "The folder is read-only: make it writable",
    ),
    (
        (errno.ENOMEM,),
        (
            "cannot allocate memory",
            "bad_alloc",
            "failed to map segment",
            # These two come from native code that got no memory during its import.
            "returned null without setting an exception",
            "error return without exception set",
        ),
        "Memory ran out: free some",
    ),
)


class Failure(click.ClickException):
    """Ends the command with one sentence, and by default with code 1."""

    def __init__(self, message: str, exit_code: int = FAILED):
        """Constructs the error.

        Args:
            message: The sentence.
            exit_code: Code with which the command ends.
        """
        super().__init__(message)
        # Other errors of click have one code for the whole class.
        self.exit_code = exit_code  # type: ignore[misc]

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the sentence to standard error; click names no other file."""
        print_sentence(f"Error: {self.format_message()}")


def print_sentence(sentence: str) -> None:
    """Prints a sentence to standard error; on a terminal, wraps it between words.

    Args:
        sentence: One sentence, or several lines.
    """
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    if columns:
        sentence = "\n".join(
            # A long path isn't broken, so that users can copy it.
            textwrap.fill(line, columns, break_long_words=False, break_on_hyphens=False)
            for line in sentence.splitlines()
        )
    click.echo(sentence, err=True)


@contextmanager
def errors_as_sentences(debug: bool) -> Iterator[None]:
    """Turns any error of the block into a `Failure`, which click prints as a sentence.

    Args:
        debug: Whether to let errors pass unchanged, with their tracebacks.

    Raises:
        Failure: In place of the error, unless `debug` is set.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, KilledError):
        raise
    except Exception as error:
        if debug:
            raise
        raise Failure(_describe(error)) from error


def _describe(error: Exception) -> str:
    if isinstance(error, InputError) or isinstance(error.__cause__, InputError):
        return str(error)
    shortage = _find_shortage(error)
    if shortage:
        # Only a run has stages.
        reused = isinstance(error, NodeFailedError)
        return (
            f"{shortage}, then run the same command again"
            f"{', which reuses the completed stages' if reused else ''}; --debug shows "
            f"the traceback."
        )
    advice = ""
    if isinstance(error, NodeFailedError):
        advice = "; if outputs of earlier stages are damaged, add --no-cache"
    return f"{_first_line(error)}{advice}; --debug shows the traceback."


def _first_line(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    # TensorFlow puts names of nodes in its graph before and after the message.
    message = re.sub(r"\{\{.*?\}\} |\[(Op:|while running).*", "", line).strip(" .")
    return textwrap.shorten(message, _LINE_LENGTH, placeholder="…")


def _find_shortage(error: BaseException | None) -> str | None:
    """Returns the sentence about a shortage, if an error or its causes report one."""
    while error is not None:
        if isinstance(error, MemoryError):
            return _SHORTAGES[-1][-1]
        text = str(error).lower()
        for numbers, words, sentence in _SHORTAGES:
            if getattr(error, "errno", None) in numbers or any(
                word in text for word in words
            ):
                return sentence
        error = error.__cause__ or error.__context__
    return None
