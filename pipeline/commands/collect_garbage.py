"""The command that removes artifacts that nothing needs any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from components.terminal import track
from pipeline.commands.called import CalledCommand
from pipeline.commands.options import (
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
    require_local_output,
)
from pipeline.formatting import format_size, path_in
from pipeline.report.plain_table import plain_table
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ml_metadata import MetadataStore

    from pipeline.metadata.garbage import Garbage

_KEPT_RUNS = 10


@click.command(cls=CalledCommand)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=_KEPT_RUNS,
    help="Number of the newest runs in the output folder whose artifacts are all kept.",
)
@click.option(
    "--delete", is_flag=True, help="Remove the artifacts instead of listing them."
)
@format_option("table", "json")
@metadata_options
def gc(
    keep: int,
    delete: bool,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """List or remove the artifacts that nothing needs any more.

    These artifacts are kept: those of the newest runs, of runs that haven't ended, and
    of the runs that made the latest blessed model of a pipeline or a version in the
    serving folder; and everything that these were made from. Only folders below
    artifacts/ in the output folder are removed. ML Metadata keeps the records and marks
    them as deleted.
    """
    with opened_store(settings, debug, writable=delete) as store:
        garbage = (
            _delete(store, settings, keep) if delete else _find(store, settings, keep)
        )
        from pipeline.metadata.run_names import short_ids

        short = short_ids(store)
    if output_format == "json":
        print_json([_as_json(each, delete) for each in garbage])
    else:
        _print(garbage, delete, settings.root, short)


def _delete(store: MetadataStore, settings: Settings, keep: int) -> list[Garbage]:
    from pipeline.metadata.garbage import delete_garbage
    from pipeline.running.output_lock import lock_output

    if not _find(store, settings, keep):
        return []
    console = make_console()
    with lock_output(Path(settings.root), "gc"):
        garbage = _find(store, settings, keep)
        for each in track(console, "Removing", garbage):
            delete_garbage(store, each)
    return garbage


def _find(store: MetadataStore, settings: Settings, keep: int) -> list[Garbage]:
    from pipeline.metadata.garbage import find_garbage
    from pipeline.metadata.lineage_graph import LineageGraph
    from pipeline.metadata.output_place import output_place
    from pipeline.metadata.run_reader import load_runs

    require_local_output(settings)
    runs = load_runs(store, output_place(settings))
    return find_garbage(
        runs,
        LineageGraph(runs),
        keep,
        Path(settings.pipeline_root),
        Path(settings.serving_dir),
    )


def _print(
    garbage: Sequence[Garbage],
    deleted: bool,
    root: str,
    short_ids: Mapping[str, str],
) -> None:
    console = make_console()
    if not garbage:
        console.print("Nothing to remove: every artifact is needed.")
        return
    table = plain_table()
    for heading in ("artifact", "made by"):
        table.add_column(heading, no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("folder", overflow="fold")
    for each in garbage:
        table.add_row(
            f"{each.artifact.type} {each.artifact.id}",
            short_ids[each.run_id],
            format_size(each.size),
            Text(path_in(root, each.path)),
        )
    console.print(table)
    count = f"{len(garbage)} artifact{'s' if len(garbage) > 1 else ''}"
    total = format_size(sum(each.size for each in garbage))
    console.print(
        f"Removed {count}, {total}."
        if deleted
        else f"{count}, {total}: --delete removes what is listed."
    )


def _as_json(garbage: Garbage, deleted: bool) -> dict[str, object]:
    return {
        "artifact": garbage.artifact.id,
        "type": garbage.artifact.type,
        "run": garbage.run_id,
        "uri": garbage.artifact.uri,
        "bytes": garbage.size,
        "removed": deleted,
    }
