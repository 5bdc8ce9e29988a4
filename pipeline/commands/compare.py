"""The command that compares runs."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_run
from pipeline.commands.options import (
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
    require_local_output,
)
from pipeline.formatting import shorten_path
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@click.argument(
    "run_ids",
    metavar="RUN RUN...",
    nargs=-1,
    required=True,
    shell_complete=complete_run,
)
@click.option(
    "--page",
    is_flag=True,
    help="Also write a page, with the curves of all runs in the same figures.",
)
@format_option("table", "json")
@metadata_options
def compare(
    run_ids: tuple[str, ...],
    page: bool,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Show how runs differ: parameters, code, data, machine, metrics and each class.

    Each RUN is a run's id or a unique prefix of it, its name, latest, or latest~1 for
    the run before it. Numbers that were measured have their distance from the first
    run beside them.

    \b
    Examples:
      {command} latest~1 latest
      {command} small-steps large-steps latest --page
    """  # noqa: D301 (click keeps the lines after \b apart)
    if len(run_ids) < 2:
        raise click.UsageError(
            f"At least two runs must be named; received {run_ids[0]!r} alone; name "
            f"two, for example latest~1 latest."
        )
    with opened_store(settings, debug) as store:
        from pipeline.metadata.difference import compare_runs
        from pipeline.metadata.output_place import output_place
        from pipeline.metadata.run_names import find_run, short_ids
        from pipeline.report.class_accuracy import class_accuracies

        place = output_place(settings)
        runs = [find_run(store, run_id, place) for run_id in run_ids]
        differences = compare_runs(runs, [class_accuracies(run) for run in runs])
        path = None
        if page:
            require_local_output(settings)
            from pipeline.report.comparison_page import write_comparison_page

            path = write_comparison_page(settings, runs, differences)
        short = short_ids(store)
    if output_format == "json":
        print_json([asdict(difference) for difference in differences])
        return
    if differences:
        from pipeline.report.comparison_table import print_differences

        headings = [run.facts.name or short[run.run_id] for run in runs]
        print_differences(make_console(), differences, headings)
    else:
        click.echo("ML Metadata shows no difference between these runs.")
    if path:
        click.echo(f"Page: {shorten_path(path)}")
