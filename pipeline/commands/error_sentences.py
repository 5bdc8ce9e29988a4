"""How commands end: exit codes, and sentences instead of tracebacks."""

import errno
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import click

from components.errors import InputError, NodeFailedError
from pipeline.exit_codes import FAILED
from pipeline.running.supervision import KilledError

# Some errors quote the data.
_LINE_LENGTH = 300

# What the system lacked, and what to do, by error number and by the words in which
# native libraries report it.
_SHORTAGES = (
    (
        (errno.ENOSPC, errno.EDQUOT),
        ("no space left", "disk is full", "disk quota"),
        "The disk is full: free some space",
    ),
    (
        (errno.EMFILE, errno.ENFILE),
        ("too many open files",),
        "Too many files are open: raise the limit, by `ulimit -n 4096` say",
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
            # Of native code that found no memory while it was imported.
            "returned null without setting an exception",
            "error return without exception set",
        ),
        "Memory ran out: free some",
    ),
)


class Failure(click.ClickException):
    """Ends the command with code 1 and one sentence."""

    exit_code = FAILED


@contextmanager
def sentences(debug: bool) -> Iterator[None]:
    """Turns errors into a sentence on the terminal.

    Args:
        debug: Let errors through, with their tracebacks.

    Raises:
        Failure: Instead of any other error, unless `debug` is set.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, KilledError):
        raise
    except Exception as error:
        if debug:
            raise
        raise Failure(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, InputError) or isinstance(error.__cause__, InputError):
        return str(error)
    shortage = _shortage(error)
    if shortage:
        return (
            f"{shortage}, then run the same command again, which reuses the complete "
            f"stages; --debug shows the traceback."
        )
    advice = ""
    if isinstance(error, NodeFailedError):
        advice = "; if what earlier stages made is damaged, --no-cache makes it anew"
    return f"{_first_line(error)}{advice}; --debug shows the traceback."


def _first_line(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    # TensorFlow's errors name nodes of its own graph before and after what they say.
    words = re.sub(r"\{\{.*?\}\} |\[(Op:|while running).*", "", line).strip(" .")
    return textwrap.shorten(words, _LINE_LENGTH, placeholder="…")


def _shortage(error: BaseException | None) -> str | None:
    """Returns what the system lacked, if that is behind an error."""
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
