"""Says where the Docker engine is, as Docker's own tools find it."""

import os


def docker_address() -> str:
    """Returns the address of the Docker engine: DOCKER_HOST, or the usual socket."""
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
