"""Describes the machine and the code that compute something."""

from __future__ import annotations

import contextlib
import datetime
import math
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_ROOT = Path(__file__).parent.parent
# The packages that decide what a run computes.
_LIBRARIES = (
    "tfx",
    "tensorflow",
    "keras",
    "numpy",
    "apache-beam",
    "tensorflow-transform",
    "tensorflow-data-validation",
    "tensorflow-model-analysis",
    "ml-metadata",
)
_GIT_SECONDS = 5
# Of the container, as the container itself sees it.
_CONTROL_GROUP = Path("/sys/fs/cgroup")


class Machine(BaseModel):
    """The machine and the code with which a run began.

    Attributes:
        commit: The git commit of the project; None if it isn't in a git repository.
        clean: Whether the files were as in that commit; None without a commit.
        versions: Versions of the packages that compute, by name.
        python: Version of Python.
        host: Name of the machine.
        processor: Name of the processor.
        cores: Number of processor cores that the process may use.
        accelerators: Names of the GPUs.
        zone: The time zone, as an offset from UTC such as `+02:00`.
    """

    model_config = ConfigDict(frozen=True)

    commit: str | None = None
    clean: bool | None = None
    versions: dict[str, str] = {}
    python: str = ""
    host: str = ""
    processor: str = ""
    cores: int = 0
    accelerators: tuple[str, ...] = ()
    zone: str = ""

    @classmethod
    def describe(cls, accelerators: Sequence[str]) -> Machine:
        """Describes this machine.

        Args:
            accelerators: Names of its GPUs. Only TensorFlow knows them.

        Returns:
            The description.
        """
        commit = _git("rev-parse", "HEAD")
        status = _git("status", "--porcelain", "--untracked-files=no")
        return cls(
            commit=commit,
            clean=None if commit is None or status is None else not status,
            versions={name: metadata.version(name) for name in _LIBRARIES},
            python=platform.python_version(),
            host=platform.node(),
            processor=name_processor(),
            cores=count_cores(),
            accelerators=tuple(accelerators),
            zone=datetime.datetime.now().astimezone().isoformat()[-len("+00:00") :],
        )


def count_cores() -> int:
    """Returns the number of processor cores that this process may use.

    In a container, that is its limit, rounded up: Kubernetes' `limits.cpu`.
    """
    # Linux alone knows to which cores a process is limited.
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return min(cores, _container_limit() or cores)


def _container_limit() -> int | None:
    """Returns the limit that the container's control group sets; None if none.

    See https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files, and
    https://docs.kernel.org/scheduler/sched-bwc.html for version 1.
    """
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        # Without a limit, the quota is `max` or -1.
        with contextlib.suppress(OSError, ValueError):
            texts = [(_CONTROL_GROUP / name).read_text() for name in names]
            quota, period = map(int, " ".join(texts).split())
            if quota > 0:
                return math.ceil(quota / period)
    return None


def _git(*arguments: str) -> str | None:
    """Returns what git prints about the project; None if it can't say anything."""
    # Below another project's repository, git would describe that one.
    if not (_ROOT / ".git").exists():
        return None
    try:
        finished = subprocess.run(
            ["git", *arguments],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return finished.stdout.strip() if finished.returncode == 0 else None


def read_cpu_info() -> dict[str, str]:
    """Reads what Linux says of a core, by name; empty on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return {}
    fields = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in fields}


def name_processor() -> str:
    """Returns the name of the processor, or else of its architecture."""
    name = read_cpu_info().get("model name")
    return name or platform.processor() or platform.machine()
