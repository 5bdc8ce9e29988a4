"""The command that compares two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.commands.options import (
    CONTEXT_SETTINGS,
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
)
from pipeline.formatting import format_value, shorten_path
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.metadata.difference import Difference


@click.command(context_settings=CONTEXT_SETTINGS)
@click.argument("first", metavar="RUN")
@click.argument("second", metavar="RUN")
@format_option("table", "json")
@metadata_options
def diff(
    first: str,
    second: str,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Show the differences between two runs: parameters, code, data and metrics.

    Each RUN is a run's id, or a unique prefix of it.
    """
    with opened_store(settings, debug) as store:
        from pipeline.metadata.difference import compare_runs
        from pipeline.metadata.run_reader import find_run

        runs = [find_run(store, run_id) for run_id in (first, second)]
        differences = compare_runs(*runs)
    if output_format == "json":
        print_json([asdict(difference) for difference in differences])
    elif not differences:
        click.echo("ML Metadata shows no difference between these runs.")
    else:
        make_console().print(_make_table(differences, [run.run_id for run in runs]))


def _make_table(differences: Sequence[Difference], run_ids: Sequence[str]) -> Table:
    table = Table("", "", *run_ids, box=box.SIMPLE)
    section = ""
    for difference in differences:
        if section and section != difference.section:
            table.add_section()
        heading = "" if difference.section == section else difference.section
        section = difference.section
        table.add_row(
            Text(heading, style="bold"),
            difference.name,
            *(
                Text(_format_cell(value), overflow="fold")
                for value in (difference.first, difference.second)
            ),
        )
    return table


def _format_cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return shorten_path(format_value(value))
