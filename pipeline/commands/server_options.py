"""Options of the commands that deal with what is served, and the server's clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from components.errors import InputError
from pipeline.commands.newest_pipeline import SET_OF_MODEL, of_newest_run
from pipeline.commands.option_types import Text
from pipeline.commands.options import debug_option, quietly, require_local_output
from pipeline.commands.setting_options import setting_options
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.serving.rest_client import RestClient

# Seconds to wait for one answer of the server about its versions.
_ANSWER_SECONDS = 10


def rest_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--rest`."""
    return click.option(
        "--rest",
        type=Text(),
        multiple=True,
        show_default="none is asked",
        help="Address of the server's REST port: http://HOST:8501; with several "
        "servers, given for each.",
    )(command)


def model_options(command: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """Adds the options that name the served model and its server, and `--debug`.

    Args:
        command: The command's function.
        *names: Other settings that get an option.

    Returns:
        The function with the options.
    """
    settings = setting_options(
        "output", "metadata", "pipeline_name", *names, **SET_OF_MODEL
    )
    return settings(rest_option(debug_option(command)))


@contextmanager
def served_settings(settings: Settings, debug: bool) -> Iterator[Settings]:
    """Finds the served model's pipeline for a command, whose errors become sentences.

    Args:
        settings: Settings as the user gave them.
        debug: Whether to show logs and tracebacks.

    Yields:
        Settings that name the pipeline; their output folder is on this machine.
    """
    with quietly(debug):
        require_local_output(settings)
        yield of_newest_run(settings)


def connect_rest(
    rest: Sequence[str], model_name: str, seconds: float = _ANSWER_SECONDS
) -> list[RestClient]:
    """Creates the clients of servers' REST ports.

    Args:
        rest: The servers' addresses.
        model_name: Name of the model.
        seconds: How long to wait for an answer.

    Raises:
        InputError: If an address has another form.
    """
    from pipeline.serving.rest_client import RestClient

    for address in rest:
        if not address.startswith(("http://", "https://")):
            raise InputError(
                f"--rest must be http://HOST:8501; received {address!r}; give the "
                f"address of the server's REST port in this form."
            )
    return [
        RestClient(address, model_name, None, seconds, option="--rest")
        for address in rest
    ]
