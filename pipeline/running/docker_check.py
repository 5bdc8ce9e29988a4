"""Looks for a Docker engine, before anything runs that will need it."""

import contextlib

from components.errors import InputError
from components.infra_validator.docker_address import docker_address
from pipeline.settings import Settings


def check_docker(settings: Settings) -> None:
    """Checks that a Docker engine answers, if the settings ask for one.

    Args:
        settings: The settings of the run.

    Raises:
        InputError: If none answers.
    """
    if settings.infra_validation != "docker":
        return
    # Imported late: a run without Docker doesn't wait for it.
    import docker
    from docker.errors import DockerException

    address = docker_address()
    try:
        with contextlib.closing(docker.DockerClient(base_url=address)) as client:
            client.ping()
    except DockerException as error:
        raise InputError(
            f"--infra-validation docker needs a Docker engine; none answers at "
            f"{address}: {' '.join(str(error).split())}; start one, name it in "
            f"DOCKER_HOST, or choose --infra-validation process."
        ) from error
