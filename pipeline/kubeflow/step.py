"""What a step's container runs: one node of the pipeline, and its end as exit code.

The container holds the pipeline's code, so the node is compiled in it anew; the package
tells only which node of which run, and the settings.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click
from pydantic import ValidationError

from components.errors import InputError
from pipeline.exit_codes import FAILED
from pipeline.metadata.connection import check_connection
from pipeline.running.import_speed import without_collection
from pipeline.running.output_capture import log_what_libraries_do
from pipeline.settings import Settings
from pipeline.settings_file import describe_errors

METADATA_VARIABLE = "ML_METADATA_ADDRESS"


@click.command()
@click.option("--node", "node_id", required=True, help="Name of the node.")
@click.option("--run-id", required=True, help="The run's, for all nodes and retries.")
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
    help="Parameter of the run, in place of the setting of that name.",
)
def step(
    node_id: str,
    run_id: str,
    settings_json: str,
    parameters: tuple[tuple[str, str], ...],
) -> None:
    """Launch one node of the pipeline.

    The address of ML Metadata is taken from the environment variable
    ML_METADATA_ADDRESS. Exit codes: 0 the node has run, now or earlier, 1 it failed,
    2 an option was malformed. The last line of the log says why it failed.
    """
    logging.basicConfig(level=logging.INFO)
    try:
        launch_node(node_id, run_id, settings_json, dict(parameters))
    except Exception as error:
        logging.exception("%s failed.", node_id)
        click.echo(f"Error: {' '.join(str(error).split())}", err=True)
        sys.exit(FAILED)


def launch_node(
    node_id: str, run_id: str, settings_json: str, parameters: Mapping[str, str]
) -> None:
    """Launches a node once its settings, ML Metadata and output are seen to be usable.

    Args:
        node_id: Name of the node.
        run_id: Identifier of the run.
        settings_json: JSON object of the settings.
        parameters: The run's parameters, as text.

    Raises:
        InputError: If settings, address or output can't be used.
        NodeFailedError: If the node failed, or its inputs could not be resolved.
    """
    settings = _settings(settings_json, parameters)
    check_connection(settings.metadata_address)
    _check_output(settings)
    # Imported late, so that what the checks find is said within a second.
    with without_collection():
        from pipeline.running.launcher import PipelineLauncher

    log_what_libraries_do()
    state = PipelineLauncher(settings, run_id).launch(node_id)
    click.echo(f"{node_id}: {state.value}")


def _settings(settings_json: str, parameters: Mapping[str, str]) -> Settings:
    address = os.environ.get(METADATA_VARIABLE)
    if not address:
        raise InputError(
            f"The environment variable {METADATA_VARIABLE} must hold the address of ML "
            f"Metadata; it is {'empty' if address == '' else 'not set'}; "
            f"docs/kubeflow.md shows the Secret that it comes from."
        )
    try:
        settings = Settings.model_validate_json(settings_json)
        return Settings.model_validate(
            settings.model_dump() | {"metadata": address} | dict(parameters)
        )
    except ValidationError as error:
        raise InputError(
            f"The settings and parameters must be those of the image's own code: "
            f"{describe_errors(error, Settings)}."
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
            f"The output folder must be one that user {os.getuid()} of group "
            f"{os.getgid()} can write; received {settings.root}: {error.strerror}; "
            f"docs/kubeflow.md says how to prepare the volume."
        ) from error


if __name__ == "__main__":
    step(prog_name="python -m pipeline.kubeflow.step")
