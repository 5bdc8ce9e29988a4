"""How commands end: exit codes, and sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.errors import InputError
from pipeline.settings import Settings

FAILED = 1
REFUSED = 3


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
    except (click.ClickException, click.exceptions.Exit):
        raise
    except Exception as error:
        if debug:
            raise
        raise Failure(_sentence(error)) from error


def settings_from_options(**values: Any) -> Settings:
    """Makes settings of a command's options.

    Raises:
        click.UsageError: If a value is out of range; the command ends with code 2.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise click.UsageError(
            "; ".join(map(_setting_sentence, error.errors()))
        ) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, InputError) or isinstance(error.__cause__, InputError):
        return str(error)
    first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{first_line}; --debug shows the traceback."


def _setting_sentence(error: ErrorDetails) -> str:
    option = "--" + "-".join(str(part) for part in error["loc"]).replace("_", "-")
    return f"{option}: {error['msg'].lower()}; received {error['input']!r}."
