"""The command that runs Beam's Python workers for a Flink or Spark engine."""

import os
from pathlib import Path

import click

from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import Failure
from pipeline.running.output_capture import capture_stderr


@click.command("beam-workers", cls=CalledCommand)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=50000, help="Port to listen on."
)
def beam_workers(port: int) -> None:
    """Serve the Python parts of the Beam stages to a Flink or Spark worker.

    Start one on each machine that runs a Flink TaskManager or a Spark worker. With
    --beam-runner flink or spark, these look for it on port 50000 of their own machine.
    It runs until it is stopped.
    """
    try:
        # TensorFlow and gRPC log at their start, which is of no use here.
        with capture_stderr(Path(os.devnull)):
            from pipeline.running.worker_pool import WorkerPool

            address, server = WorkerPool.start(port=port, use_process=False)
    except RuntimeError as error:
        raise Failure(
            f"--port must be a free port; received {port}, which another program uses; "
            f"choose another one, and give it to the run as --beam-arg "
            f"--environment_config=localhost:PORT."
        ) from error
    click.echo(f"Serving Beam workers on {address}.")
    server.wait_for_termination()
