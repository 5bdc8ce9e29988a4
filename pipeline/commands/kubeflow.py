"""The commands that compile the package for Kubeflow Pipelines and submit it."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from components.terminal import status
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.option_types import Text
from pipeline.commands.setting_options import validate_settings
from pipeline.exit_codes import FAILED
from pipeline.kubeflow.deployment import Deployment, read_deployment
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import ON_FORM_SETTINGS, Settings

_PACKAGE = Path("fashion-mnist.yaml")

_deployment_options = (
    click.option(
        "--deployment",
        "deployment_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="YAML file with what differs from the defaults: volume, Secret, "
        "resources, settings. deploy/kubeflow/steps.yaml shows all keys.",
    ),
    click.option(
        "--image",
        type=Text(),
        help="Image of the steps, in place of the deployment file's. A digest names "
        "it better than a tag, which can change.",
    ),
)


def _with_deployment(command: Any) -> Any:
    for option in reversed(_deployment_options):
        command = option(command)
    return command


def _check_package(context: Any, parameter: Any, path: Path) -> Path:
    if path.suffix != ".yaml" or not path.parent.is_dir():
        raise click.BadParameter(
            f"must be a file NAME.yaml in a folder that exists; received '{path}'."
        )
    return path


@click.group(context_settings={"show_default": True, "max_content_width": 100})
def kubeflow() -> None:
    """Run the pipeline on Kubeflow Pipelines 2.16 or later.

    docs/kubeflow.md explains all steps, from an empty cluster to a served model.
    """


@kubeflow.command("compile", cls=CalledCommand)
@_with_deployment
@click.option(
    "--package",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=_check_package,
    default=_PACKAGE,
    help="File to write, NAME.yaml.",
)
@click.option("--debug", is_flag=True, help="Show logs and tracebacks.")
def compile_command(
    deployment_file: Path | None, image: str | None, package: Path, debug: bool
) -> None:
    """Write the package: one task for each node of the pipeline.

    \b
    Examples:
      {command} --image example.com/fashion-mnist:1
      {command} --deployment my-cluster.yaml
    """  # noqa: D301 (click keeps the lines after \b apart)
    with errors_as_sentences(debug):
        _compile(_deployment(deployment_file, image), package, debug)
    click.echo(f"Package: {package}")


@kubeflow.command(cls=CalledCommand)
@_with_deployment
@click.option("--host", type=Text(), required=True, help="URL of Kubeflow Pipelines.")
@click.option(
    "--namespace",
    type=Text(),
    help="Namespace of your profile, if your Kubeflow has profiles.",
)
@click.option(
    "--token",
    type=Text(secret=True),
    envvar="KFP_TOKEN",
    show_envvar=True,
    help="Bearer token, if the host asks for one.",
)
@click.option(
    "--experiment",
    type=Text(spaces=True),
    default="fashion-mnist",
    help="Experiment in which the user interface shows the run.",
)
@click.option(
    "--parameter",
    "parameters",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Parameter of this run, for example epochs 3; may be given several times.",
)
@click.option("--wait", is_flag=True, help="Wait for the end of the run.")
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=24 * 60 * 60,
    help="Maximum number of seconds that --wait waits.",
)
@click.option("--debug", is_flag=True, help="Show logs and tracebacks.")
def submit(
    deployment_file: Path | None,
    image: str | None,
    host: str,
    namespace: str | None,
    token: str | None,
    experiment: str,
    parameters: tuple[tuple[str, str], ...],
    wait: bool,
    timeout: int,
    debug: bool,
) -> None:
    """Upload the package as a new version and run it.

    Exit codes: 0 the run was submitted or, with --wait, succeeded; 1 it failed or
    could not be submitted; 2 an option was malformed.

    \b
    Examples:
      {command} --host http://localhost:8080 --wait
      {command} --host URL --parameter epochs 3
    """  # noqa: D301 (as above)
    with errors_as_sentences(debug), tempfile.TemporaryDirectory() as folder:
        deployment = _deployment(deployment_file, image)
        arguments = _arguments(deployment.settings, dict(parameters))
        # Imported late, so that --help and wrong options get an answer at once.
        from pipeline.kubeflow.submission import SUCCEEDED, Cluster

        # Connects first, because compiling the package takes longer.
        cluster = Cluster(host, namespace, token)
        package = Path(folder, _PACKAGE.name)
        name = _compile(deployment, package, debug)
        run_id = cluster.submit(package, name, experiment, arguments)
        if not wait:
            return
        state = cluster.wait(run_id, timeout)
        click.echo(f"The run has ended: {state.lower()}.")
    if state != SUCCEEDED:
        sys.exit(FAILED)


def _deployment(path: Path | None, image: str | None) -> Deployment:
    deployment = read_deployment(path) if path else Deployment()
    return deployment.model_copy(update={"image": image}) if image else deployment


def _compile(deployment: Deployment, package: Path, debug: bool) -> str:
    with (
        tempfile.TemporaryDirectory() as folder,
        # TensorFlow logs at its start, which is of no use here.
        capture_stderr(Path(folder, "log"), enabled=not debug),
        status(Console(), "Compiling the pipeline"),
    ):
        from pipeline.kubeflow.package import compile_package

        return compile_package(deployment, package)


def _arguments(
    settings: Settings, parameters: dict[str, str]
) -> dict[str, int | float]:
    unknown = sorted(set(parameters) - set(ON_FORM_SETTINGS))
    if unknown:
        raise click.UsageError(
            f"--parameter must name one of {', '.join(ON_FORM_SETTINGS)}; received "
            f"{', '.join(unknown)}; other settings belong in the deployment file."
        )
    changed = validate_settings(
        settings.model_dump() | parameters,
        {name: f"--parameter {name}" for name in parameters},
    )
    return {name: getattr(changed, name) for name in parameters}
