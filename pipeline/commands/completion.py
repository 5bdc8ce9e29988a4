"""Completes the names of runs and files in a shell.

A shell starts the command anew for each press of the tab key, so nothing here may
import large libraries before it is needed.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from pipeline.commands.setting_options import settings_of
from pipeline.running.output_capture import capture_stderr


def complete_run(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Lists the identifiers and names of runs that begin with what was typed.

    Args:
        context: The command with the options that were typed before.
        parameter: The option or argument to complete.
        incomplete: What was typed of it.

    Returns:
        `latest`, and the names and identifiers of the runs, the newest first. Only
        `latest` if the store is no file or can't be read: a server may be slow, and a
        shell has no place for an error.
    """
    names = ["latest"]
    with (
        contextlib.suppress(Exception),
        capture_stderr(Path(os.devnull)),
    ):
        address = settings_of(context).metadata_address
        if "://" not in address:
            from pipeline.metadata.existing_store import open_existing_store
            from pipeline.metadata.run_names import names_by_id

            given = names_by_id(open_existing_store(address))
            names += [*filter(None, given.values()), *given]
    return [
        CompletionItem(name)
        for name in dict.fromkeys(names)
        if name.startswith(incomplete)
    ]


def complete_file(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Lets the shell complete the path of a file or folder.

    Args:
        context: The command with the options that were typed before.
        parameter: The option or argument to complete.
        incomplete: What was typed of it.

    Returns:
        What click's completion takes for that.
    """
    return [CompletionItem(incomplete, type="file")]
