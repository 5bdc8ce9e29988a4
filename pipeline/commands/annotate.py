"""The command that names and describes a run."""

from typing import Any

import click

from components.errors import InputError
from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_run
from pipeline.commands.option_types import Text
from pipeline.commands.options import fact_options, metadata_options, opened_store
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_run)
@fact_options
@click.option("--untag", "untags", type=Text(), multiple=True, help="Tag to remove.")
@metadata_options
def annotate(
    run_id: str | None,
    name: str | None,
    note: str | None,
    tags: tuple[str, ...],
    untags: tuple[str, ...],
    settings: Settings,
    debug: bool,
) -> None:
    """Give a run a name, a note or tags, which ML Metadata keeps.

    RUN is the run's id or a unique prefix of it, its name, or latest~1; the newest run
    if left out.

    \b
    Examples:
      {command} --name first-good --tag paper
      {command} latest~1 --note "Two labels were mixed up."
    """  # noqa: D301 (click keeps the lines after \b apart)
    with opened_store(settings, debug, writable=True) as store:
        from pipeline.metadata.run_facts import RunFacts, write_facts
        from pipeline.metadata.run_names import find_run

        if not (name or note or tags or untags):
            raise InputError(
                "What to record must be given; received none of --name, --note, --tag "
                "and --untag; add one of them."
            )
        run = find_run(store, run_id)
        changes: dict[str, Any] = {}
        if name:
            changes["name"] = name
        if note:
            changes["note"] = note
        if tags or untags:
            kept = dict.fromkeys([*run.facts.tags, *tags])
            changes["tags"] = tuple(tag for tag in kept if tag not in untags)
        write_facts(store, run.run_id, RunFacts(**changes))
    click.echo(f"Recorded with {run.run_id}.")
