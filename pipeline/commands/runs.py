"""The command that lists the runs."""

from typing import Any

import click
from rich import box
from rich.table import Table

from pipeline.commands.called import CalledCommand
from pipeline.commands.options import (
    CONTEXT_SETTINGS,
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
)
from pipeline.formatting import STYLES, format_duration
from pipeline.settings import Settings

# Columns of the terminal from which the cells get space around them.
_WIDE = 110


@click.command(cls=CalledCommand, context_settings=CONTEXT_SETTINGS)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="Number of runs to list.",
    show_default="all",
)
@format_option("table", "json")
@metadata_options
def runs(
    limit: int | None,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """List the runs, the newest first: how each ended and what it published.

    \b
    Examples:
      {command}
      {command} --format json | jq '.[0].accuracy'
    """  # noqa: D301 (click keeps the lines after \b apart)
    with opened_store(settings, debug) as store:
        from pipeline.metadata.outcomes import summarize
        from pipeline.metadata.run_reader import load_runs

        rows = [summarize(run) for run in load_runs(store)[:limit]]
    if output_format == "json":
        print_json(rows)
    elif not rows:
        click.echo("There are no runs yet.")
    else:
        console = make_console()
        console.print(_make_table(rows, narrow=console.width < _WIDE))


def _make_table(rows: list[dict[str, Any]], narrow: bool) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, padding=(0, 0 if narrow else 1))
    table.add_column("run", overflow="fold")
    table.add_column("started")
    # On a narrow terminal, only the names and the dates wrap to a second line.
    for heading in ("duration", "state", "epochs", "accuracy", "verdict", "version"):
        right = heading in ("duration", "epochs", "accuracy")
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(
            row["run"],
            (row["started"] or "")[:16].replace("T", " "),
            format_duration(row["seconds"]),
            _styled(row["state"]),
            str(row["epochs"] or ""),
            "" if row["accuracy"] is None else f"{row['accuracy']:.4f}",
            _styled(row["verdict"] or ""),
            row["version"] or "",
        )
    return table


def _styled(word: str) -> str:
    style = STYLES.get(word)
    return f"[{style}]{word}[/]" if style else word
