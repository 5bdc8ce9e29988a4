"""Runs nodes of the pipeline in a step's container, and exits with their result.

The image contains the pipeline's code, so the container compiles the nodes itself. The
package says only which nodes of which run to launch, and with which settings.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from pydantic import ValidationError

from components.errors import InputError
from pipeline.exit_codes import FAILED
from pipeline.kubeflow.log_lines import error_line, verdict_line
from pipeline.metadata.connection import check_connection, open_store
from pipeline.metadata.outcomes import outcome_of
from pipeline.metadata.run_reader import load_run
from pipeline.running.import_speed import paused_garbage_collection
from pipeline.running.output_capture import enable_library_logs
from pipeline.settings import Settings
from pipeline.settings_file import describe_errors

METADATA_VARIABLE = "ML_METADATA_ADDRESS"

# What others may not do with the files of a step. Argo starts containers with a mask of
# 0, with which everybody may write them.
_MASK = 0o022
_MASK_OF_GROUP_WRITABLE = 0o002


@click.command()
@click.option(
    "--node",
    "node_ids",
    required=True,
    multiple=True,
    help="Name of a node; several are launched in the given order.",
)
@click.option(
    "--run-id",
    required=True,
    help="Identifier of the run, the same for all nodes and retries.",
)
@click.option(
    "--settings",
    "settings_json",
    required=True,
    help="JSON object of the pipeline's settings.",
)
@click.option(
    "--parameter",
    "parameters",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Parameter of the run; it replaces the setting of that name.",
)
@click.option(
    "--group-writable",
    is_flag=True,
    help="Let the group of the user write the files and folders too.",
)
@click.option(
    "--executor-input",
    help="JSON by which Kubeflow says where to write what its pages show; nothing is "
    "written without it.",
)
def step(
    node_ids: tuple[str, ...],
    run_id: str,
    settings_json: str,
    parameters: tuple[tuple[str, str], ...],
    group_writable: bool,
    executor_input: str | None,
) -> None:
    """Launch nodes of the pipeline.

    The first one that fails ends the step; a retry of the step takes up there. The
    address of ML Metadata is taken from the environment variable ML_METADATA_ADDRESS.
    Exit codes: 0 the nodes ran or were taken from the cache, 1 one failed, 2 an option
    was malformed. The last line of the log says why it failed.
    """
    os.umask(_MASK_OF_GROUP_WRITABLE if group_writable else _MASK)
    logging.basicConfig(level=logging.INFO)
    try:
        settings = launch_nodes(node_ids, run_id, settings_json, dict(parameters))
    except Exception as error:
        logging.exception("The step failed.")
        click.echo(error_line(error), err=True)
        sys.exit(FAILED)
    _show(executor_input, node_ids, run_id, settings.metadata_address)


def launch_nodes(
    node_ids: Sequence[str],
    run_id: str,
    settings_json: str,
    parameters: Mapping[str, str],
) -> Settings:
    """Checks the settings, ML Metadata and the output, and then launches nodes.

    Args:
        node_ids: Names of the nodes, each after those that it depends on.
        run_id: Identifier of the run.
        settings_json: JSON object of the settings.
        parameters: Parameters of the run, by the name of the setting, as text.

    Returns:
        The settings with the parameters and the address of ML Metadata.

    Raises:
        InputError: If the settings, the address or the output can't be used.
        NodeFailedError: If a node failed, or its inputs could not be resolved.
    """
    settings = _settings(settings_json, parameters)
    check_connection(settings.metadata_address)
    _check_output(settings)
    # Imported late, so that the checks above fail within a second.
    with paused_garbage_collection():
        from pipeline.running.launcher import PipelineLauncher

    enable_library_logs()
    launcher = PipelineLauncher(settings, run_id)
    for node_id in node_ids:
        state = launcher.launch(node_id)
        click.echo(f"{node_id}: {state.value}")
    return settings


def _show(
    executor_input: str | None,
    node_ids: Sequence[str],
    run_id: str,
    metadata_address: str,
) -> None:
    """Shows on Kubeflow's pages, and in the log, what came of the nodes.

    A failure is only logged: the nodes have succeeded.
    """
    try:
        if executor_input:
            # Imported late: most steps write nothing, and kfp takes a second to import.
            from pipeline.kubeflow.output_artifacts import write_output_artifacts

            write_output_artifacts(executor_input, node_ids, run_id, metadata_address)
        if "Pusher" in node_ids:
            run = load_run(open_store(metadata_address), run_id)
            click.echo(verdict_line(outcome_of(run)))
    except Exception:
        logging.exception("What came of the step could not be shown.")


def _settings(settings_json: str, parameters: Mapping[str, str]) -> Settings:
    address = os.environ.get(METADATA_VARIABLE)
    if not address:
        raise InputError(
            f"The environment variable {METADATA_VARIABLE} must hold the address of ML "
            f"Metadata; it is {'empty' if address == '' else 'not set'}; create the "
            f"Secret from which it comes, as docs/kubeflow.md shows."
        )
    try:
        settings = Settings.model_validate_json(settings_json)
        return Settings.model_validate(
            settings.model_dump() | {"metadata": address} | dict(parameters)
        )
    except ValidationError as error:
        raise InputError(
            f"The settings and parameters must suit the code in the image: "
            f"{describe_errors(error, Settings)}; compile the package with the same "
            f"version of the code as the image."
        ) from error


def _check_output(settings: Settings) -> None:
    if not settings.is_local:
        return
    try:
        Path(settings.root).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.root):
            pass
    except OSError as error:
        raise InputError(
            f"The output folder must be writable for user {os.getuid()} of group "
            f"{os.getgid()}; received {settings.root}: {error.strerror}; prepare the "
            f"volume as docs/kubeflow.md shows."
        ) from error


if __name__ == "__main__":
    step(prog_name="python -m pipeline.kubeflow.step")
