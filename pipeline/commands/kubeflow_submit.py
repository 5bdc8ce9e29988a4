"""The commands that start a run on Kubeflow Pipelines, and that wait for one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from components.terminal import status
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import Failure, print_sentence
from pipeline.commands.kubeflow_options import (
    deployment_of,
    kubeflow_errors,
    run_arguments,
    timeout_option,
    upload_package,
    with_cluster,
    with_deployment,
    with_run,
)
from pipeline.exit_codes import PUSHED, UNKNOWN

if TYPE_CHECKING:
    from pipeline.kubeflow.cluster import Cluster


@click.command(cls=CalledCommand)
@with_deployment
@with_run
@click.option("--wait", is_flag=True, help="Wait for the end of the run.")
@timeout_option
@with_cluster
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

    Exit codes: 0 the run was submitted or, with --wait, pushed its model; 1 it failed,
    or could not be submitted; 2 an option was malformed; with --wait also 3 the model
    was refused, 4 the run was cancelled, 5 its end is not known.

    \b
    Examples:
      {command} --host http://localhost:8080 --wait
      {command} --host URL --parameter epochs 3
    """  # noqa: D301 (click keeps the lines after \b apart)
    with kubeflow_errors(debug):
        deployment = deployment_of(deployment_file, image)
        arguments = run_arguments(deployment.settings, dict(parameters))
        # Imported late, so that --help and wrong options get an answer at once.
        from pipeline.kubeflow.cluster import Cluster
        from pipeline.kubeflow.submission import start_run

        cluster = Cluster(host, namespace, token)
        uploaded = upload_package(cluster, deployment, experiment, debug)
        run_id = start_run(cluster, uploaded, arguments)
    if wait:
        sys.exit(_wait(cluster, run_id, timeout, debug))


@click.command(cls=CalledCommand)
@click.argument("run_id", metavar="RUN_ID")
@timeout_option
@with_cluster
def wait(
    run_id: str,
    host: str,
    namespace: str | None,
    token: str | None,
    timeout: int,
    debug: bool,
) -> None:
    """Wait for the end of a run that was submitted before.

    RUN_ID is the last part of the run's link. Each step is shown as it ends.

    Exit codes: 0 the model was pushed, 1 the run failed, 2 an option was malformed,
    3 the model was refused, 4 the run was cancelled, 5 the end is not known.

    \b
    Example:
      {command} RUN_ID --host http://localhost:8080
    """  # noqa: D301 (as above)
    try:
        with kubeflow_errors(debug):
            from pipeline.kubeflow.cluster import Cluster

            cluster = Cluster(host, namespace, token)
    except Failure as failure:
        raise Failure(failure.message, UNKNOWN) from failure
    sys.exit(_wait(cluster, run_id, timeout, debug))


def _wait(cluster: "Cluster", run_id: str, timeout: int, debug: bool) -> int:
    from pipeline.kubeflow.waiting import wait_for_end

    console = Console(highlight=False)
    again = f"take it up again with `wait {run_id}`"
    try:
        with kubeflow_errors(debug), status(console, "Waiting for the run") as update:
            ending = wait_for_end(
                cluster,
                run_id,
                timeout,
                lambda line: console.print(line, markup=False, soft_wrap=True),
                lambda state: update(f"Waiting for the run: {state}"),
            )
    except Failure as failure:
        # What went wrong is the waiting. The run may be well.
        sentence = f"{failure.message} The run may go on; {again}."
        raise Failure(sentence, UNKNOWN) from failure
    except KeyboardInterrupt:
        print_sentence(f"Stopped waiting. The run goes on; {again}.")
        return UNKNOWN
    click.echo(ending.sentence, err=ending.exit_code != PUSHED)
    return ending.exit_code
