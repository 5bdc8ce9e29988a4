"""A real Apache Spark cluster on loopback, with Beam's job server, for tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

from tests.support.servers.downloads import maven_dependencies, python_package
from tests.support.servers.processes import (
    free_port,
    running,
    wait_for_port,
    wait_until,
)
from tests.support.servers.worker_process import worker_pool
from tests.support.tools import require

WORKERS = 2
_JOB_SERVER = Path(__file__).with_name("spark_job_server.xml")
# What Spark's own scripts open to it from Java 17 on.
_OPENED = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        "java.io", "java.lang", "java.lang.invoke", "java.lang.reflect", "java.net",
        "java.nio", "java.util", "java.util.concurrent",
        "java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs",
        "sun.security.action", "sun.util.calendar",
    )
]  # fmt: skip


@contextmanager
def spark_cluster(folder: Path) -> Iterator[list[str]]:
    """Starts a master, two workers, a job server and a pool of Python workers.

    Args:
        folder: Empty folder that they may fill.

    Yields:
        Options of Beam that lead to the cluster.

    Raises:
        UnavailableError: If the registries of PyPI and Maven Central can't be
            reached.
    """
    require("java")
    require("maven")
    (home,) = python_package("pyspark").glob("*/deps")
    beam_jars = maven_dependencies(_JOB_SERVER)
    env = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_SCALA_VERSION": "2.12",
    }
    master_port, web_port, job_port = free_port(), free_port(), free_port()
    master = f"spark://127.0.0.1:{master_port}"

    def java(jars: str, main: str, *arguments: object, **properties: str) -> list:
        defines = [f"-D{name.replace('_', '.')}={v}" for name, v in properties.items()]
        return ["java", *_OPENED, "-Xmx1g", *defines, "-cp", jars, main, *arguments]

    def spark(name: str, *arguments: object) -> list:
        main = f"org.apache.spark.deploy.{name.lower()}.{name}"
        return java(f"{home}/jars/*", main, "--host", "127.0.0.1", *arguments)

    with ExitStack() as stack:

        def start(name: str, command: list) -> None:
            stack.enter_context(running(command, folder / f"{name}.log", env))

        start(
            "master",
            spark("Master", "--port", master_port, "--webui-port", web_port),
        )
        wait_for_port(master_port, "Spark's master")
        for number in range(WORKERS):
            start(
                f"worker-{number}",
                spark(
                    "Worker", "--cores", 1, "--memory", "1g", "--webui-port", 0,
                    "--work-dir", folder / f"work-{number}", master,
                ),
            )  # fmt: skip
        start(
            "job-server",
            java(
                # Beam's first: it needs a newer Guava than Spark brings.
                f"{beam_jars}/*:{home}/jars/*",
                "org.apache.beam.runners.spark.SparkJobServerDriver",
                "--job-host=127.0.0.1",
                f"--job-port={job_port}",
                "--artifact-port=0",
                "--expansion-port=-1",
                f"--artifacts-dir={folder / 'artifacts'}",
                f"--spark-master-url={master}",
                spark_executor_extraClassPath=f"{beam_jars}/*",
                spark_executor_extraJavaOptions=" ".join(_OPENED),
                spark_ui_enabled="false",
            ),
        )
        wait_for_port(job_port, "Beam's Spark job server")
        wait_until(
            lambda: _alive_workers(web_port) == WORKERS, "Registration of all workers"
        )
        workers = stack.enter_context(worker_pool(folder))
        yield [
            f"--job_endpoint=127.0.0.1:{job_port}",
            f"--environment_config={workers}",
        ]


def _alive_workers(web_port: int) -> int:
    answer = requests.get(f"http://127.0.0.1:{web_port}/json/", timeout=10)
    return int(answer.json()["aliveworkers"])
