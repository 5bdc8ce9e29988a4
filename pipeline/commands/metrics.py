"""The command that gives Prometheus what the project knows of its model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import InputError
from pipeline.commands.called import CalledCommand
from pipeline.commands.option_types import Text
from pipeline.commands.server_options import (
    connect_rest,
    model_options,
    served_settings,
)
from pipeline.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

# Prometheus waits 10 seconds for all metrics. A server that hangs must not hide them.
_ANSWER_SECONDS = 3


@click.command(cls=CalledCommand)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    show_default="no server",
    help="Serve the metrics at this port until Ctrl-C.",
)
@click.option(
    "--host",
    type=Text(),
    default="127.0.0.1",
    help="Address on which to serve; 0.0.0.0 for all networks, as in a container.",
)
@click.option(
    "--to",
    "text_file",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="the terminal",
    help="Write the metrics to FILE.prom, for node_exporter's textfile collector.",
)
@model_options
def metrics(
    port: int | None,
    host: str,
    text_file: Path | None,
    rest: Sequence[str],
    settings: Settings,
    debug: bool,
) -> None:
    """Give Prometheus the version served, its accuracy, and the state of the runs.

    With --rest, the version served is the one that the server answers with, otherwise
    the one that the served folder and its configuration name. Without --port and --to,
    the metrics are printed.

    \b
    Examples:
      {command} --rest http://localhost:8501
      {command} --rest http://localhost:8501 --port 9464
      {command} --to /var/lib/node_exporter/fashion_mnist.prom
    """  # noqa: D301 (click keeps the lines after \b apart)
    if port is not None and text_file is not None:
        raise click.UsageError("--port and --to exclude each other; choose one.")
    with served_settings(settings, debug) as settings:
        registry = _make_registry(settings, rest)
        if port is not None:
            _serve(registry, port, host)
        elif text_file is not None:
            _write(registry, text_file)
        else:
            from prometheus_client import generate_latest

            click.echo(generate_latest(registry), nl=False)


def _make_registry(settings: Settings, rest: Sequence[str]) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    from components.pusher.versions import list_versions
    from pipeline.metadata.existing_store import open_existing_store
    from pipeline.serving.monitoring import PipelineCollector

    servers = {
        address: client.states
        for address, client in zip(
            rest, connect_rest(rest, settings.name, _ANSWER_SECONDS), strict=True
        )
    }
    # A store that can't be read is a metric, too. Where nothing was pushed, though, the
    # user has named a wrong place.
    if not list_versions(settings.serving_dir):
        open_existing_store(settings.metadata_address)
    registry = CollectorRegistry()
    registry.register(PipelineCollector(settings, servers))
    return registry


def _serve(registry: CollectorRegistry, port: int, host: str) -> None:
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise InputError(
            f"--port must be free, and --host an address of this machine; received "
            f"{host}:{port}: {error.strerror or error}; choose others."
        ) from error
    click.echo(f"Metrics are at http://{host}:{port}/metrics until Ctrl-C.")
    try:
        thread.join()
    except KeyboardInterrupt:
        server.shutdown()
        server.server_close()


def _write(registry: CollectorRegistry, text_file: Path) -> None:
    from prometheus_client import write_to_textfile

    if text_file.suffix != ".prom" or not text_file.parent.is_dir():
        raise InputError(
            f"--to must be a file FILE.prom in a folder that is there, since "
            f"node_exporter reads no others; received {text_file}; make the folder, or "
            f"choose another name."
        )
    try:
        # Renames a complete file, so that the collector never reads half of one.
        write_to_textfile(str(text_file), registry)
    except OSError as error:
        raise InputError(
            f"--to must be in a folder that can be written to; received {text_file}: "
            f"{error.strerror or error}; choose another folder."
        ) from error
