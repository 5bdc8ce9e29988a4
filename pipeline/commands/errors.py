"""How commands end: exit codes, and sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.errors import InputError

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
        click.UsageError: If a setting is out of range, with code 2.
        Failure: Instead of any other error, unless `debug` is set.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
        raise
    except ValidationError as error:
        raise click.UsageError(
            "; ".join(map(_setting_sentence, error.errors()))
        ) from error
    except Exception as error:
        if debug:
            raise
        raise Failure(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(error, InputError):
        return str(error)
    if isinstance(cause, InputError):
        return str(cause)
    first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{first_line}; --debug shows the traceback."


def _setting_sentence(error: ErrorDetails) -> str:
    option = "--" + "-".join(str(part) for part in error["loc"]).replace("_", "-")
    return f"{option}: {error['msg'].lower()}; received {error['input']!r}."
