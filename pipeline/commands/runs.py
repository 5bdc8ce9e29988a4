"""The command that lists the runs."""

import click

from pipeline.commands.called import CalledCommand
from pipeline.commands.option_types import Text
from pipeline.commands.options import (
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
)
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="Number of runs to list.",
    show_default="all",
)
@click.option(
    "--sort",
    type=Text(),
    metavar="NAME",
    help="Put the largest first: accuracy, seconds, epochs, or another fact or "
    "parameter.",
    show_default="the newest first",
)
@click.option(
    "--filter",
    "conditions",
    metavar="CONDITION",
    multiple=True,
    help="List only such runs, for example state=failed, 'accuracy>0.9' or tag=paper; "
    "may be given several times.",
)
@format_option("table", "json")
@metadata_options
def runs(
    limit: int | None,
    sort: str | None,
    conditions: tuple[str, ...],
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """List the runs: how each ended, what it published, and how they differ.

    Other commands take the id in the first column, a run's name, latest, or latest~1
    for the run before it.

    \b
    Examples:
      {command}
      {command} --sort accuracy --limit 5
      {command} --filter 'accuracy>0.9' --filter tag=paper
      {command} --format json | jq '.[0].accuracy'
    """  # noqa: D301 (click keeps the lines after \b apart)
    with opened_store(settings, debug) as store:
        from pipeline.metadata.outcomes import differing_parameters, run_rows
        from pipeline.metadata.output_place import output_place
        from pipeline.metadata.release_records import released_versions
        from pipeline.metadata.run_filter import filter_rows, sort_rows
        from pipeline.metadata.run_names import shorten_ids
        from pipeline.metadata.run_reader import load_runs

        recorded = {run.run_id: run for run in load_runs(store, output_place(settings))}
        released = released_versions(store)
        rows = filter_rows(run_rows([*recorded.values()], released), conditions)
        if sort:
            rows = sort_rows(rows, sort)
        rows = rows[:limit]
        differing = differing_parameters([recorded[row["run"]] for row in rows])
    if output_format == "json":
        print_json(rows)
    elif not rows:
        click.echo(
            "No run meets the conditions." if recorded else "There are no runs yet."
        )
    else:
        from pipeline.report.run_table import print_runs

        print_runs(make_console(), rows, shorten_ids(recorded), differing)
