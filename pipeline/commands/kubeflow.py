"""The commands that run the pipeline on Kubeflow Pipelines."""

from pathlib import Path
from typing import Any

import click

from pipeline.commands.called import CONTEXT_SETTINGS, CalledCommand
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.kubeflow_options import (
    compile_quietly,
    deployment_of,
    with_deployment,
)
from pipeline.commands.kubeflow_schedules import schedule, schedules, unschedule
from pipeline.commands.kubeflow_submit import submit, wait
from pipeline.commands.options import debug_option


def _check_package(context: Any, parameter: Any, path: Path) -> Path:
    if path.suffix != ".yaml" or not path.parent.is_dir():
        raise click.BadParameter(
            f"must be a file NAME.yaml in a folder that exists; received '{path}'."
        )
    return path


@click.group(context_settings=CONTEXT_SETTINGS)
def kubeflow() -> None:
    """Run the pipeline on Kubeflow Pipelines 2.16 or 2.17.

    docs/kubeflow.md explains all steps, from an empty cluster to a served model.
    """


@kubeflow.command("compile", cls=CalledCommand)
@with_deployment
@click.option(
    "--package",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=_check_package,
    default=Path("fashion-mnist.yaml"),
    help="File to write, NAME.yaml.",
)
@debug_option
def compile_command(
    deployment_file: Path | None, image: str | None, package: Path, debug: bool
) -> None:
    """Write the package that Kubeflow Pipelines runs.

    \b
    Examples:
      {command} --image example.com/fashion-mnist:1
      {command} --deployment my-cluster.yaml
    """  # noqa: D301 (click keeps the lines after \b apart)
    with errors_as_sentences(debug):
        compile_quietly(deployment_of(deployment_file, image), package, debug)
    click.echo(f"Package: {package}")


for command in (submit, wait, schedule, schedules, unschedule):
    kubeflow.add_command(command)
