"""The command that lists the published versions of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from components.errors import InputError
from pipeline.commands.called import CalledCommand
from pipeline.commands.options import format_option, make_console, print_json
from pipeline.commands.server_options import (
    connect_rest,
    model_options,
    served_settings,
)
from pipeline.formatting import format_size
from pipeline.report.plain_table import plain_table
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@format_option("table", "json")
@model_options
def versions(
    rest: Sequence[str], output_format: str, settings: Settings, debug: bool
) -> None:
    """List the published versions, the newest first: what made each, and its labels.

    With --rest, also the state of each in the server. A version that the configuration
    names and that isn't there is `missing`: go back with `rollback` at once.

    \b
    Examples:
      {command}
      {command} --rest http://localhost:8501
    """  # noqa: D301 (click keeps the lines after \b apart)
    with served_settings(settings, debug) as settings:
        states = [server.states() for server in connect_rest(rest, settings.name)]
        rows = _rows(settings, states)
    if output_format == "json":
        print_json(rows)
    elif not rows:
        make_console().print(
            f"No version has been published in {settings.serving_dir}.", markup=False
        )
    else:
        make_console().print(_make_table(rows, with_states=bool(states)))


def _rows(
    settings: Settings, states: Sequence[Mapping[int, str]]
) -> list[dict[str, Any]]:
    from components.pusher.model_config import read_served
    from components.pusher.versions import list_versions
    from pipeline.metadata.garbage import folder_size

    served = read_served(settings.serving_dir)
    there = set(list_versions(settings.serving_dir))
    made_by = _made_by(settings)
    rows = []
    for version in sorted(there | served.needed, reverse=True):
        run, accuracy = made_by.get(str(version), (None, None))
        labels = served.labels_of(version)
        folder = Path(settings.serving_dir, str(version))
        rows.append(
            {
                "version": version,
                "run": run,
                "accuracy": accuracy,
                "state": _state(version, states),
                "labels": labels,
                "pinned": version in served.versions and not labels,
                "bytes": folder_size(folder) if version in there else None,
            }
        )
    return rows


def _state(version: int, states: Sequence[Mapping[int, str]]) -> str | None:
    """Returns the state in the server; in several servers, each state once."""
    known = {each[version] for each in states if version in each}
    return ", ".join(sorted(known)) or None


def _made_by(settings: Settings) -> dict[str, tuple[str, float | None]]:
    """Returns the run that published each version, and the model's accuracy."""
    from pipeline.metadata.existing_store import open_existing_store
    from pipeline.metadata.lineage_graph import LineageGraph
    from pipeline.metadata.outcomes import outcome_of
    from pipeline.metadata.run_reader import load_runs

    try:
        store = open_existing_store(settings.metadata_address)
    except InputError:
        return {}  # the versions may be a copy
    runs = load_runs(store)
    graph = LineageGraph(runs)
    accuracies = {run.run_id: outcome_of(run).accuracy for run in runs}
    steps = {
        version: graph.step(artifact) for version, artifact in graph.versions().items()
    }
    return {
        version: (step.run_id, accuracies[step.run_id])
        for version, step in steps.items()
        if step
    }


def _make_table(rows: list[dict[str, Any]], with_states: bool) -> Table:
    table = plain_table()
    table.add_column("version", no_wrap=True)
    table.add_column("run", overflow="fold")
    table.add_column("accuracy", justify="right", no_wrap=True)
    if with_states:
        table.add_column("state", no_wrap=True)
    table.add_column("labels")
    table.add_column("size", justify="right", no_wrap=True)
    for row in rows:
        size = row["bytes"]
        cells = [
            str(row["version"]),
            row["run"] or "",
            "" if row["accuracy"] is None else f"{row['accuracy']:.4f}",
            ", ".join(["pinned"] if row["pinned"] else row["labels"]),
            "[red]missing[/]" if size is None else format_size(size),
        ]
        if with_states:
            cells.insert(3, _styled(row["state"]))
        table.add_row(*cells)
    return table


def _styled(state: str | None) -> str:
    if state is None:
        return "[dim]not loaded[/]"
    return f"[green]{state}[/]" if state == "AVAILABLE" else f"[yellow]{state}[/]"
