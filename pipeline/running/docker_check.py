"""Looks for a Docker engine, before anything runs that will need it."""

import contextlib

from components.errors import InputError
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
    from docker.constants import DEFAULT_UNIX_SOCKET
    from docker.errors import DockerException

    try:
        # As TFX's InfraValidator does: it looks at no environment variable.
        with contextlib.closing(docker.DockerClient()) as client:
            client.ping()
    except DockerException as error:
        raise InputError(
            f"--infra-validation docker needs a Docker engine on this machine; none "
            f"answers at {DEFAULT_UNIX_SOCKET}: "
            f"{' '.join(str(error).split())}; start one, or choose --infra-validation "
            f"process."
        ) from error
