"""Fresh systems for the tests, of both versions of Debian that the README names."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.fresh.debian_system import PACKAGES, ROOT, DebianSystem, registry_access
from tests.support.tools import require


@pytest.fixture(scope="session", autouse=True)
def _containers():
    require("podman")
    require("debootstrap")
    if os.geteuid() != 0:
        pytest.skip("debootstrap and the volumes of containers need root")
    with pytest.MonkeyPatch.context() as patch:
        settings = ROOT / "tests" / "kubeflow" / "containers.conf"
        patch.setenv("CONTAINERS_CONF", str(settings))
        yield


@pytest.fixture(scope="session")
def host_files(tmp_path_factory) -> Path:
    """What the systems may read of this machine: the repository, and its registries."""
    folder = tmp_path_factory.mktemp("host")
    # Everyone may read it; pytest's folders are closed to others.
    folder.chmod(0o755)
    subprocess.run(
        ["git", "bundle", "create", "--quiet", folder / "repository.bundle", "HEAD"],
        cwd=ROOT,
        check=True,
    )
    registry_access(folder)
    return folder


@pytest.fixture(scope="session")
def start_system(host_files):
    """Starts systems of a suite, and removes them at the end of the tests."""
    systems = []

    def start(suite: str, *options: str) -> DebianSystem:
        script = ROOT / "tests" / "support" / "debian_image.sh"
        image = subprocess.check_output([script, suite, *PACKAGES], text=True).strip()
        systems.append(DebianSystem(image, host_files, options))
        return systems[-1]

    yield start
    for system in systems:
        system.remove()
