"""Options, store and console for the commands that read ML Metadata."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from components.errors import InputError
from pipeline.commands.completion import complete_file, complete_run
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.option_types import Text
from pipeline.commands.setting_options import setting_options
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ml_metadata import MetadataStore

# Columns of text where the output is no terminal, which would have a width.
_FILE_WIDTH = 160


def metadata_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that name the store of the runs, and `--debug`."""
    return setting_options("output", "metadata")(debug_option(command))


def fact_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options with which a user names and describes a run."""
    for option in (
        click.option(
            "--tag",
            "tags",
            type=Text(),
            multiple=True,
            help="Tag; may be given several times.",
        ),
        click.option(
            "--note", type=Text(spaces=True), help="Note on the run, in a sentence."
        ),
        click.option("--name", type=Text(), help="Name that other commands take."),
    ):
        command = option(command)
    return command


def chosen_model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--run` and `--model`, which name another model than the served one."""
    run = click.option(
        "--run",
        type=Text(),
        shell_complete=complete_run,
        show_default="none",
        help="Ask the model that this run trained, a refused one too: the run's id, a "
        "unique prefix of it, its name, or latest.",
    )
    model = click.option(
        "--model",
        "model_dir",
        type=Text(spaces=True),
        shell_complete=complete_file,
        metavar="DIR",
        show_default="none",
        help="Ask the model in this folder, for example a copy of a pushed version.",
    )
    return run(model(command))


def debug_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--debug`."""
    return click.option("--debug", is_flag=True, help="Show logs and tracebacks.")(
        command
    )


def format_option(*formats: str) -> Callable[..., Any]:
    """Returns the option `--format`, whose default is the first format.

    Args:
        *formats: The formats that can be chosen.
    """
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        help="Format of the answer; json is for programs.",
    )


@contextmanager
def quietly(debug: bool) -> Iterator[None]:
    """Runs a block of a command without logs; its errors become sentences.

    Args:
        debug: Whether to show logs and tracebacks.

    Raises:
        Failure: In place of any error, unless `debug` is set.
    """
    with (
        errors_as_sentences(debug),
        # TensorFlow, and the clients of database servers, log to standard error.
        capture_stderr(Path(os.devnull), enabled=not debug),
    ):
        yield


@contextmanager
def opened_store(
    settings: Settings, debug: bool, writable: bool = False
) -> Iterator["MetadataStore"]:
    """Opens the store for a command, whose errors become sentences.

    Args:
        settings: Settings with the address of the store.
        debug: Whether to show logs and tracebacks.
        writable: Whether the command may write to the store.

    Yields:
        The store.
    """
    with quietly(debug):
        from pipeline.metadata.existing_store import open_existing_store

        yield open_existing_store(settings.metadata_address, writable)


def require_local_output(settings: Settings) -> None:
    """Checks that the output folder is on this machine.

    Raises:
        InputError: If it is in an object store.
    """
    if not settings.is_local:
        raise InputError(
            f"--output must be a folder on this machine for this command; received "
            f"{settings.root}; choose a local folder, or mount the object store as one."
        )


def make_console() -> Console:
    """Returns a console with colours on a terminal, and with wide lines elsewhere."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)


def print_json(value: object) -> None:
    """Prints a value as JSON, for programs."""
    click.echo(json.dumps(value, indent=2, default=str))
