"""A real Apache Flink cluster on loopback, with Beam's job server, for tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
import yaml

from tests.support.servers.downloads import maven_dependencies, python_package
from tests.support.servers.processes import (
    free_port,
    running,
    wait_for_port,
    wait_until,
)
from tests.support.servers.worker_process import worker_pool
from tests.support.tools import require

TASK_MANAGERS = 2
_JOB_SERVER = Path(__file__).with_name("flink_job_server.xml")
# What Flink's own scripts open to it from Java 17 on.
_OPENED = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        "java.lang", "java.lang.invoke", "java.net", "java.nio", "java.text",
        "java.time", "java.util", "java.util.concurrent",
        "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.net.util",
    )
]  # fmt: skip


@contextmanager
def flink_cluster(folder: Path) -> Iterator[list[str]]:
    """Starts a session cluster, a job server and a pool of Python workers.

    Args:
        folder: Empty folder that they may fill.

    Yields:
        Options of Beam that lead to the cluster.

    Raises:
        UnavailableError: If the registries of PyPI and Maven Central can't be reached
            or lack what is needed.
    """
    require("java")
    require("maven")
    beam_jars = maven_dependencies(_JOB_SERVER)
    with _session_cluster(folder) as master, worker_pool(folder) as workers:
        port = free_port()
        command = [
            "java", *_OPENED, "-Xmx1g", "-cp", f"{_distribution()}:{beam_jars}/*",
            "org.apache.beam.runners.flink.FlinkJobServerDriver",
            "--job-host=127.0.0.1", f"--job-port={port}",
            "--artifact-port=0", "--expansion-port=-1",
            f"--artifacts-dir={folder / 'artifacts'}", f"--flink-master={master}",
        ]  # fmt: skip
        with running(command, folder / "job-server.log"):
            wait_for_port(port, "Beam's Flink job server")
            yield [
                f"--job_endpoint=127.0.0.1:{port}",
                f"--environment_config={workers}",
                f"--parallelism={TASK_MANAGERS}",
            ]


@contextmanager
def _session_cluster(folder: Path) -> Iterator[str]:
    """Starts a JobManager and two TaskManagers, and stops them at the end.

    Yields:
        `HOST:PORT` of the JobManager's REST interface.
    """
    lib = _lib()
    rest_port = free_port()
    configuration = folder / "conf"
    configuration.mkdir()
    settings = {
        "jobmanager": {
            "rpc": {"address": "127.0.0.1", "port": free_port()},
            "bind-host": "127.0.0.1",
            "memory": {"process": {"size": "1g"}},
        },
        "rest": {
            "address": "127.0.0.1",
            "bind-address": "127.0.0.1",
            "port": rest_port,
        },
        "taskmanager": {
            "host": "127.0.0.1",
            "bind-host": "127.0.0.1",
            "numberOfTaskSlots": 1,
            # Flink's scripts work all of these out of one total.
            "memory": {
                "framework": {"heap": {"size": "128m"}, "off-heap": {"size": "128m"}},
                "task": {"heap": {"size": "512m"}, "off-heap": {"size": "0"}},
                "managed": {"size": "512m"},
                "network": {"min": "128m", "max": "128m"},
                "jvm-metaspace": {"size": "256m"},
                "jvm-overhead": {"min": "192m", "max": "192m"},
            },
            "cpu": {"cores": 1},
            # The Evaluator's graph has many exchanges; each would ask for 512.
            "network": {"sort-shuffle": {"min-buffers": 64}},
        },
        "io": {"tmp": {"dirs": str(folder)}},
    }
    (configuration / "config.yaml").write_text(yaml.safe_dump(settings))

    def java(main: str, *arguments: str) -> list[object]:
        return [
            "java", *_OPENED, "-Xmx1g", "-cp", f"{lib}/*",
            f"org.apache.flink.runtime.{main}",
            "--configDir", configuration, *arguments,
        ]  # fmt: skip

    with ExitStack() as stack:
        command = java("entrypoint.StandaloneSessionClusterEntrypoint")
        stack.enter_context(running(command, folder / "job-manager.log"))
        wait_for_port(rest_port, "Flink's JobManager")
        for number in range(TASK_MANAGERS):
            command = java(
                "taskexecutor.TaskManagerRunner",
                "-D", f"taskmanager.resource-id=task-manager-{number}",
            )  # fmt: skip
            log = folder / f"task-manager-{number}.log"
            stack.enter_context(running(command, log))
        wait_until(
            lambda: _task_managers(rest_port) == TASK_MANAGERS,
            "Registration of all TaskManagers",
        )
        yield f"127.0.0.1:{rest_port}"


def _lib() -> Path:
    (lib,) = python_package("apache-flink-libraries").glob("**/lib")
    return lib


def _distribution() -> str:
    """Class path of the parts of Flink that a job server needs, and sends with jobs."""
    patterns = ("flink-dist-*.jar", "log4j-*.jar")
    jars = [jar for pattern in patterns for jar in sorted(_lib().glob(pattern))]
    return ":".join(map(str, jars))


def _task_managers(rest_port: int) -> int:
    answer = requests.get(f"http://127.0.0.1:{rest_port}/overview", timeout=10)
    return int(answer.json().get("taskmanagers", 0))
