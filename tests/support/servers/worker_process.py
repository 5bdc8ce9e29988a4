"""A pool of Beam's Python workers, as one stands beside each worker of an engine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers.processes import free_port, running, wait_for_port


@contextmanager
def worker_pool(folder: Path) -> Iterator[str]:
    """Starts a pool and stops it at the end.

    Args:
        folder: Where its log goes.

    Yields:
        Its address, for `--environment_config`.
    """
    port = free_port()
    command = [sys.executable, "-m", "pipeline", "beam-workers", "--port", port]
    with running(command, folder / "workers.log"):
        wait_for_port(port, "A pool of Beam workers")
        yield f"127.0.0.1:{port}"
