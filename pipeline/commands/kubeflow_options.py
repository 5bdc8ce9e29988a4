"""Options of the commands for Kubeflow Pipelines, and what the commands share."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from components.terminal import status
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.option_types import Text
from pipeline.commands.options import debug_option
from pipeline.commands.setting_options import validate_settings
from pipeline.kubeflow.deployment import Deployment, read_deployment
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.kubeflow.cluster import Cluster
    from pipeline.kubeflow.submission import Uploaded

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

_cluster_options = (
    click.option(
        "--host",
        type=Text(),
        required=True,
        envvar="KF_PIPELINES_ENDPOINT",
        show_envvar=True,
        help="URL of Kubeflow Pipelines.",
    ),
    click.option(
        "--namespace",
        type=Text(),
        help="Namespace of your profile, if your Kubeflow has profiles.",
    ),
    click.option(
        "--token",
        type=Text(secret=True),
        envvar="KFP_TOKEN",
        show_envvar=True,
        help="Bearer token, if the host asks for one.",
    ),
    debug_option,
)

_run_options = (
    click.option(
        "--experiment",
        type=Text(spaces=True),
        default="fashion-mnist",
        help="Experiment in which the user interface shows the run.",
    ),
    click.option(
        "--parameter",
        "parameters",
        type=(str, str),
        multiple=True,
        metavar="NAME VALUE",
        help="Parameter of the run, for example epochs 3; may be given several times.",
    ),
)

timeout_option = click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=24 * 60 * 60,
    help="Maximum number of seconds to wait.",
)


def _adder(options: tuple[Any, ...]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


with_deployment = _adder(_deployment_options)
with_cluster = _adder(_cluster_options)
with_run = _adder(_run_options)


@contextmanager
def kubeflow_errors(debug: bool) -> Iterator[None]:
    """Turns errors into sentences, and keeps the client's own words from the terminal.

    kfp warns of Pythons and servers that aren't used here, and urllib3 logs each
    connection that it tries anew.

    Args:
        debug: Whether to let all of that pass.

    Raises:
        Failure: In place of any error, unless `debug` is set.
    """
    logger = logging.getLogger("urllib3")
    former = logger.level
    with errors_as_sentences(debug), warnings.catch_warnings():
        if not debug:
            warnings.simplefilter("ignore", FutureWarning)
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(former)


def deployment_of(path: Path | None, image: str | None) -> Deployment:
    """Reads the deployment that the options name.

    Args:
        path: The deployment file; None for the defaults.
        image: Image in place of the deployment's; None to leave it.

    Returns:
        The deployment.

    Raises:
        InputError: If the file isn't valid.
    """
    deployment = read_deployment(path) if path else Deployment()
    return deployment.model_copy(update={"image": image}) if image else deployment


def compile_quietly(deployment: Deployment, package: Path, debug: bool) -> str:
    """Compiles a package under a status line.

    Args:
        deployment: What the package depends on.
        package: File to write.
        debug: Whether logs go to the terminal.

    Returns:
        Name of the pipeline in Kubeflow Pipelines.

    Raises:
        InputError: If the deployment isn't possible on Kubeflow Pipelines.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        # TensorFlow logs at its start, which is of no use here.
        capture_stderr(Path(folder, "log"), enabled=not debug),
        status(Console(), "Compiling the pipeline"),
    ):
        from pipeline.kubeflow.package import compile_package

        return compile_package(deployment, package)


def upload_package(
    cluster: Cluster, deployment: Deployment, experiment: str, debug: bool
) -> Uploaded:
    """Compiles a package and uploads it as a new version.

    Args:
        cluster: Where to. It is connected already, because compiling takes longer.
        deployment: What the package depends on.
        experiment: Experiment in which the runs are shown.
        debug: Whether logs go to the terminal.

    Returns:
        What a run needs to be started.

    Raises:
        InputError: If the deployment isn't possible, or the package is refused.
    """
    from pipeline.kubeflow.submission import upload

    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "package.yaml")
        name = compile_quietly(deployment, package, debug)
        return upload(cluster, package, name, experiment)


def run_arguments(
    settings: Settings, parameters: dict[str, str]
) -> dict[str, int | float]:
    """Checks the parameters of a run.

    Args:
        settings: The deployment's settings.
        parameters: What the user gave, by the name of the setting.

    Returns:
        The values of the parameters that were given.

    Raises:
        click.UsageError: If the form doesn't ask for one, or one is out of range.
    """
    asked = settings.on_form
    unknown = sorted(set(parameters) - set(asked))
    if unknown:
        raise click.UsageError(
            f"--parameter must name one of {', '.join(asked)}; received "
            f"{', '.join(unknown)}; other settings belong in the deployment file."
        )
    changed = validate_settings(
        settings.model_dump() | parameters,
        {name: f"--parameter {name}" for name in parameters},
    )
    return {name: getattr(changed, name) for name in parameters}
