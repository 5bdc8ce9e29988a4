"""The command that runs Beam's Python workers beside an engine's own."""

import click

from pipeline.commands.error_sentences import Failure


@click.command(
    "beam-workers", context_settings={"show_default": True, "max_content_width": 100}
)
@click.option("--port", type=click.IntRange(1, 65535), default=50000, help="Port.")
def beam_workers(port: int) -> None:
    """Serve the Python parts of the Beam stages to a Flink or Spark worker.

    One of these runs beside each TaskManager or Spark worker, which reaches it on this
    machine: --beam-runner flink and spark look for it on port 50000. It runs until it
    is stopped.
    """
    from pipeline.running.worker_pool import WorkerPool

    try:
        address, server = WorkerPool.start(port=port, use_process=False)
    except RuntimeError as error:
        raise Failure(
            f"--port must be one that nothing else listens on; received {port}; choose "
            f"another, and name it to the engine by --beam-arg."
        ) from error
    click.echo(f"Serving Beam workers on {address}.")
    server.wait_for_termination()
