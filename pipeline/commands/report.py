"""The command that writes a run's page."""

import click

from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_run
from pipeline.commands.options import (
    format_option,
    metadata_options,
    opened_store,
    print_json,
    require_local_output,
)
from pipeline.formatting import shorten_path
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_run)
@format_option("text", "json")
@metadata_options
def report(
    run_id: str | None,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Write the page of a run: verdict, curves, predictions, data, stages, lineage.

    RUN is the run's id or a unique prefix of it, its name, or latest~1; the newest run
    if left out. The page is one file in reports/ in the output folder, where index.html
    lists all runs. It needs no network.
    """
    with opened_store(settings, debug) as store:
        require_local_output(settings)
        from pipeline.metadata.output_place import output_place
        from pipeline.metadata.run_names import find_run
        from pipeline.report.run_page import write_run_page

        run = find_run(store, run_id, output_place(settings))
        path = write_run_page(store, settings, run)
    if output_format == "json":
        print_json({"run": run.run_id, "report": str(path)})
    else:
        click.echo(f"Report: {shorten_path(path)}")
