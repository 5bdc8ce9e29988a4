"""A container engine and the steps' image, both real."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.support.tools import require

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent


@pytest.fixture(scope="session")
def engine(tmp_path_factory) -> Iterator[docker.DockerClient]:
    """Docker, or Podman behind Docker's interface where no Docker engine runs."""
    try:
        client = docker.from_env()
        client.ping()
        yield client
        return
    except docker.errors.DockerException:
        pass
    podman = require("podman")
    folder = tmp_path_factory.mktemp("podman")
    socket = folder / "podman.sock"
    with pytest.MonkeyPatch.context() as patch, (folder / "log").open("w") as log:
        patch.setenv("CONTAINERS_CONF", str(FOLDER / "containers.conf"))
        patch.setenv("DOCKER_HOST", f"unix://{socket}")
        service = subprocess.Popen(
            [podman, "system", "service", "--time=0", f"unix://{socket}"],
            stdout=log,
            stderr=subprocess.STDOUT,
            # It leaves files of what it loaded there.
            env={**os.environ, "TMPDIR": str(folder)},
        )
        try:
            deadline = time.monotonic() + 60
            while not socket.exists():
                said = (folder / "log").read_text()
                assert service.poll() is None, f"Podman's service ended: {said}"
                assert time.monotonic() < deadline, f"No socket after 60 s: {said}"
                time.sleep(0.1)
            yield docker.from_env()
        finally:
            service.terminate()
            service.wait()


@pytest.fixture(scope="session")
def image(engine) -> str:
    """The steps' image, built as `make image` builds it."""
    return build("localhost/fashion-mnist-tfx:test", suite="trixie")


@pytest.fixture(scope="session")
def image_on_debian_12(engine) -> str:
    """The steps' image on the Debian before, which `BASE_IMAGE` may name too."""
    return build("localhost/fashion-mnist-tfx:test-debian-12", suite="bookworm")


def build(image: str, suite: str) -> str:
    """Builds the steps' image on the suite's Debian."""
    try:
        base = subprocess.check_output(
            [FOLDER / "base_image.sh", suite], text=True
        ).strip()
    except subprocess.CalledProcessError:
        # Needed only where no registry has the image.
        require("debootstrap")
        raise
    subprocess.run(
        [ROOT / "deploy" / "image" / "build.sh", image],
        check=True,
        env={**os.environ, "BASE_IMAGE": base},
    )
    return image


@pytest.fixture
def open_folder():
    """A folder to which every user gets through, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def volume(open_folder):
    """A folder that the image's user can write, as a prepared volume is."""
    folder = open_folder / "volume"
    folder.mkdir()
    folder.chmod(0o777)
    return folder
