"""The commands for runs that Kubeflow Pipelines starts again and again."""

import re
from pathlib import Path
from typing import Any

import click

from pipeline.commands.called import CalledCommand
from pipeline.commands.kubeflow_options import (
    deployment_of,
    kubeflow_errors,
    run_arguments,
    upload_package,
    with_cluster,
    with_deployment,
    with_run,
)

# Minute, hour, day of the month, month, day of the week: names and largest numbers.
_CRON_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 6),
)


class Cron(click.ParamType[str]):
    """A cron expression of five fields."""

    name = "cron"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuses another number of fields, and what doesn't belong into a field."""
        fields = value.split()
        if len(fields) != len(_CRON_FIELDS):
            self.fail(
                f"must have five fields (minute, hour, day, month, weekday), for "
                f"example '0 3 * * *'; received {value!r}.",
                param,
                ctx,
            )
        for field, (name, least, most) in zip(fields, _CRON_FIELDS, strict=True):
            numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
            if not re.fullmatch(r"[\w*,/?-]+", field, re.ASCII) or any(
                not least <= number <= most for number in numbers
            ):
                self.fail(
                    f"the {name} must be *, or of numbers from {least} to {most}; "
                    f"received {field!r}.",
                    param,
                    ctx,
                )
        return " ".join(fields)


@click.command(cls=CalledCommand)
@with_deployment
@with_run
@click.option(
    "--cron",
    type=Cron(),
    required=True,
    help="When to run, for example '0 3 * * *' for every night at 3, in the time zone "
    "of Kubeflow Pipelines (UTC by default).",
)
@with_cluster
def schedule(
    deployment_file: Path | None,
    image: str | None,
    host: str,
    namespace: str | None,
    token: str | None,
    experiment: str,
    parameters: tuple[tuple[str, str], ...],
    cron: str,
    debug: bool,
) -> None:
    """Upload the package and run it again and again.

    One run at a time: the next one starts after the one before has ended. Times that
    were missed, for example since the cluster was off, aren't made up for.

    \b
    Example:
      {command} --host URL --cron "0 3 * * *"
    """  # noqa: D301 (click keeps the lines after \b apart)
    with kubeflow_errors(debug):
        deployment = deployment_of(deployment_file, image)
        arguments = run_arguments(deployment.settings, dict(parameters))
        # Imported late, so that --help and wrong options get an answer at once.
        from pipeline.kubeflow.cluster import Cluster
        from pipeline.kubeflow.schedules import start_schedule

        cluster = Cluster(host, namespace, token)
        uploaded = upload_package(cluster, deployment, experiment, debug)
        schedule_id = start_schedule(cluster, uploaded, cron, arguments)
    click.echo(f"Schedule: {schedule_id}")


@click.command(cls=CalledCommand)
@with_cluster
def schedules(host: str, namespace: str | None, token: str | None, debug: bool) -> None:
    """List the schedules: identifier, cron expression, whether it is on, and name.

    \b
    Example:
      {command} --host http://localhost:8080
    """  # noqa: D301 (as above)
    with kubeflow_errors(debug):
        from pipeline.kubeflow.cluster import Cluster
        from pipeline.kubeflow.schedules import list_schedules

        found = list_schedules(Cluster(host, namespace, token))
    if not found:
        click.echo("There are no schedules.")
    for each in found:
        state = "on" if each.enabled else "off"
        click.echo(f"{each.schedule_id}  {each.cron}  {state}  {each.name}")


@click.command(cls=CalledCommand)
@click.argument("schedule_id", metavar="SCHEDULE_ID")
@with_cluster
def unschedule(
    schedule_id: str, host: str, namespace: str | None, token: str | None, debug: bool
) -> None:
    """Remove a schedule. Its runs stay; one that is running goes on.

    \b
    Example:
      {command} SCHEDULE_ID --host URL
    """  # noqa: D301 (as above)
    with kubeflow_errors(debug):
        from pipeline.kubeflow.cluster import Cluster
        from pipeline.kubeflow.schedules import remove_schedule

        remove_schedule(Cluster(host, namespace, token), schedule_id)
    click.echo(f"Removed: {schedule_id}")
