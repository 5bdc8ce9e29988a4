"""What the commands that read ML Metadata share: options, store and console."""

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
from pipeline.commands.error_sentences import sentences
from pipeline.commands.setting_options import setting_options
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ml_metadata import MetadataStore

CONTEXT_SETTINGS = {"show_default": True, "max_content_width": 100}
# Where there is no terminal whose width one could ask for.
_FILE_WIDTH = 160


def metadata_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say where the runs' records are, and `--debug`."""
    return setting_options("output", "metadata")(debug_option(command))


def debug_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--debug`."""
    return click.option("--debug", is_flag=True, help="Show logs and tracebacks.")(
        command
    )


def format_option(*formats: str) -> Callable[..., Any]:
    """Returns the option that chooses how the answer is written, the first by default.

    Args:
        *formats: What can be chosen.
    """
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        help="For people, or json for programs.",
    )


@contextmanager
def opened_store(
    settings: Settings, debug: bool, writable: bool = False
) -> Iterator["MetadataStore"]:
    """Opens the store for a command, and turns errors into sentences.

    Args:
        settings: They name the store.
        debug: Show logs and tracebacks.
        writable: Whether the command may write to the store.

    Yields:
        The store.
    """
    with (
        sentences(debug),
        # The clients of database servers log on standard error.
        capture_stderr(Path(os.devnull), enabled=not debug),
    ):
        from pipeline.metadata.existing_store import open_existing_store

        yield open_existing_store(settings.metadata_address, writable)


def require_local_output(settings: Settings) -> None:
    """Checks that the output folder is one on this machine.

    Raises:
        InputError: If it lies in an object store.
    """
    if not settings.is_local:
        raise InputError(
            f"--output must be a folder on this machine for this command; received "
            f"{settings.root}; name one, or run the command where that is mounted."
        )


def make_console() -> Console:
    """Returns a console that colours only a terminal, and doesn't squeeze a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)


def print_json(value: object) -> None:
    """Prints an answer for programs."""
    click.echo(json.dumps(value, indent=2, default=str))
