"""Processes that tests start and end, and the ports and answers they wait for."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(
    command: Sequence[object], log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    """Runs a program until the end of the block.

    Args:
        command: Program and arguments.
        log: File for what it prints.
        env: Variables beside those of this process.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            # So that workers which it starts end with it.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 300) -> None:
    """Waits for a condition.

    Raises:
        TimeoutError: If it doesn't come true in time.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.2)


def wait_for_port(port: int, what: str, seconds: float = 300) -> None:
    """Waits until something listens on a port of this machine.

    Raises:
        TimeoutError: If nothing does in time.
    """

    def listens() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, f"{what} on port {port}", seconds)


def free_port() -> int:
    """Returns a port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
