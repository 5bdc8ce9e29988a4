"""Programs that tests need and no Python package brings."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Tool:
    """A program that some tests need.

    Attributes:
        name: What people call it.
        programs: Names by which it may be installed; the first that is found is used.
        debian: How to get it on Debian and Ubuntu.
        macos: How to get it on macOS.
        fits: Whether an installed program will do.
    """

    name: str
    programs: tuple[str, ...]
    debian: str
    macos: str
    fits: Callable[[str], bool] = lambda program: True

    def find(self) -> str | None:
        """Returns the path of the program, or None if it is not installed."""
        for program in self.programs:
            path = shutil.which(program)
            if path and self.fits(path):
                return path
        return None

    @property
    def reason(self) -> str:
        """Says why a test that needs the program was skipped."""
        return f"needs {self.name}, which is not installed"

    @property
    def advice(self) -> str:
        """Says how to get the program on this system."""
        return self.macos if sys.platform == "darwin" else self.debian


def _reads_labels(kubectl: str) -> bool:
    """Whether kubectl knows `labels:` in a kustomization; Debian 12's 1.20 doesn't."""
    command = [kubectl, "version", "--client", "--output", "json"]
    printed = subprocess.run(command, check=True, capture_output=True).stdout
    version = json.loads(printed)["clientVersion"]
    return (int(version["major"]), int(version["minor"].rstrip("+"))) >= (1, 22)


def _prometheus(program: str) -> Tool:
    """Returns one of the programs that Prometheus's package brings."""
    return Tool(
        "Prometheus",
        (program,),
        "apt-get install prometheus",
        "brew install prometheus",
    )


TOOLS = {
    "chromium": Tool(
        "Chromium",
        (
            "chromium",
            "chromium-browser",
            "google-chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ),
        "apt-get install chromium",
        "brew install --cask chromium",
    ),
    "kubectl": Tool(
        "kubectl 1.22 or later",
        ("kubectl",),
        "apt-get install kubernetes-client (Debian 13 or later), or "
        "https://kubernetes.io/docs/tasks/tools/",
        "brew install kubernetes-cli",
        fits=_reads_labels,
    ),
    "prometheus": _prometheus("prometheus"),
    "promtool": _prometheus("promtool"),
    "nginx": Tool(
        "nginx",
        ("nginx", "/usr/sbin/nginx"),
        "apt-get install nginx-light",
        "brew install nginx",
    ),
    "podman": Tool(
        "Docker or Podman",
        ("podman",),  # a Docker engine is asked for by its socket
        "apt-get install podman runc uidmap",
        "brew install podman",
    ),
    "debootstrap": Tool(
        "debootstrap",
        ("debootstrap",),
        "apt-get install debootstrap",
        "it runs on Linux only",
    ),
    "java": Tool(
        "Java",
        ("java",),
        "apt-get install maven, which brings Java too",
        "brew install openjdk",
    ),
    "maven": Tool("Maven", ("mvn",), "apt-get install maven", "brew install maven"),
}


def require(name: str) -> str:
    """Finds a program, or ends the test that needs it.

    The test is skipped. Where the variable CI is `true` it fails instead, so that a
    machine which must run all tests leaves none out unnoticed.

    Args:
        name: Key of `TOOLS`.

    Returns:
        Path of the program.
    """
    tool = TOOLS[name]
    found = tool.find()
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(
            f"This test {tool.reason}, and CI=true lets no test be left out: "
            f"{tool.advice}",
            pytrace=False,
        )
    pytest.skip(tool.reason)
