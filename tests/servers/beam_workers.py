"""A pool of Beam's Python workers, as one stands beside each worker of an engine."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import free_port, running, wait_for_port


@contextmanager
def worker_pool(folder: Path) -> Iterator[str]:
    """Starts a pool, whose workers are processes, and stops it at the end.

    Args:
        folder: Where its log goes.

    Yields:
        Its address, for `--environment_config`.
    """
    port = free_port()
    command = [
        sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main",
        f"--service_port={port}",
    ]  # fmt: skip
    # It starts its workers with the first Python on the path.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with running(command, folder / "workers.log", {"PATH": path}):
        wait_for_port(port, "A pool of Beam workers")
        yield f"127.0.0.1:{port}"
