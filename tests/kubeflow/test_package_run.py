"""The compiled package in real containers, on the real data set, with a real database.

Kubeflow's own local runner starts each task's container. What came of it is read from
ML Metadata.
"""

import contextlib
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import docker
import pytest
import yaml
from docker.models.containers import ContainerCollection
from kfp import components, local

from pipeline.kubeflow.notification import URL_VARIABLE
from pipeline.kubeflow.step import METADATA_VARIABLE
from pipeline.metadata.records import State
from pipeline.running.launcher import upstream_nodes
from pipeline.settings import Settings
from tests.support.launching import data_nodes
from tests.support.reading import evaluation_of, recorded_runs
from tests.support.servers.postgresql import postgresql_server
from tests.support.servers.web_hook import web_hook

pytestmark = pytest.mark.kubeflow

ROOT = Path(__file__).parent.parent.parent
# What Kubeflow Pipelines sets on a cluster, and what a cluster's own policy may add to
# it, a root that can't be written; the network, to reach the database.
CONTAINER = {
    "network": "host",
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "read_only": True,
    # Podman would add a folder of this kind at /var/tmp, which could be written.
    "tmpfs": {"/tmp": "mode=1777", "/var/tmp": "ro"},  # noqa: S108 (in the container)
}
# Argo starts containers with a mask of 0, so that everybody may write their files.
AS_ARGO = ["sh", "-c", 'umask 0 && exec "$0" "$@"']


@pytest.fixture
def kept_containers(engine, monkeypatch):
    """Keeps each container until its test has ended.

    Kubeflow's runner has the engine remove it when it ends, and asks about its log and
    exit code at that moment. Podman answers with an error while it removes a container.
    """
    run, kept = ContainerCollection.run, []

    def run_and_keep(self, *arguments, auto_remove=False, **options):
        container = run(self, *arguments, **options)
        kept.append(container.id)
        return container

    monkeypatch.setattr(ContainerCollection, "run", run_and_keep)
    yield
    for container_id in kept:
        with contextlib.suppress(docker.errors.NotFound):
            engine.containers.get(container_id).remove(force=True)


@pytest.fixture
def database():
    with postgresql_server() as address:
        yield address


@pytest.fixture
def hook():
    with web_hook() as server:
        yield server


def compile_package(folder, image, volume, stages):
    deployment = folder / "deployment.yaml"
    deployment.write_text(
        yaml.safe_dump(
            {
                "image": image,
                "volume": {"mount_path": str(volume)},
                "stages": stages,
                "notify": {"url_secret": {"name": "hook"}},
                "settings": {"output": f"{volume}/output", "max_regression": 0.5},
            }
        )
    )
    package = folder / "package.yaml"
    subprocess.run(
        [
            sys.executable, "kubeflow_runner.py", "compile",
            "--deployment", deployment, "--package", package,
        ],
        check=True,
        cwd=ROOT,
    )  # fmt: skip
    return components.load_component_from_file(str(package))


class Copy(io.StringIO):
    """Keeps what is printed, and shows it as before."""

    def write(self, text):
        sys.__stdout__.write(text)
        return super().write(text)


def shown_by_kubeflow(volume):
    """Returns the metadata of Kubeflow's own artifacts, by their name."""
    return {
        name: each["artifacts"][0]["metadata"]
        for path in volume.glob("*/*/executor_output.json")
        for name, each in json.loads(path.read_text())["artifacts"].items()
    }


def modes(folder):
    return {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in [folder, *folder.rglob("*")]
    }


def baseline_of(run):
    return run.output("Evaluator", "blessing").properties.get("baseline_model")


def only_in_the_long_form(stages):
    return pytest.param(
        stages,
        marks=pytest.mark.skipif(
            os.environ.get("KUBEFLOW") == "short",
            reason="in the long form only: make test-kubeflow",
        ),
    )


# What is set for a cluster's nodes, kfp's local runner can't do, and says so.
@pytest.mark.usefixtures("kept_containers")
@pytest.mark.filterwarnings("ignore:Task .* no effect in the current local runner")
@pytest.mark.parametrize("stages", ["shared", only_in_the_long_form("separate")])
def test_the_package_runs_to_a_pushed_model_and_again_on_what_is_there(
    image, volume, database, hook, tmp_path, stages
):
    package = compile_package(tmp_path, image, volume, stages)
    local.init(
        local.DockerRunner(
            environment={METADATA_VARIABLE: database, URL_VARIABLE: hook.url},
            entrypoint=AS_ARGO,
            **CONTAINER,
        ),
        pipeline_root=str(volume),  # all that it mounts
    )

    with contextlib.redirect_stdout(Copy()) as log:
        package(epochs=1, min_accuracy=0.7)
    (first,) = recorded_runs(database)
    assert {node.state for node in first.nodes} == {State.RAN}
    assert {node.node_id for node in first.nodes} == set(upstream_nodes(Settings()))
    examples = first.output("ImageExampleGen", "examples")
    assert examples.properties["dataset_name"] == "fashion_mnist"
    results = evaluation_of(first)
    assert results.blessed
    assert results.examples == 10_000
    assert results.accuracy > 0.8
    assert baseline_of(first) is None
    pushed = first.output("Pusher", "pushed_model").properties
    assert pushed["pushed"] == 1
    assert Path(pushed["pushed_destination"], "saved_model.pb").is_file()
    assert "ImageExampleGen: ran" in log.getvalue()
    assert f"Pushed: version {pushed['pushed_version']}" in log.getvalue()
    shown = shown_by_kubeflow(volume)
    assert shown["metrics"]["accuracy"] == results.accuracy
    assert shown["metrics"]["loss"] == results.loss
    assert shown["metrics"]["verdict"] == "blessed"
    matrix = shown["confusion_matrix"]["confusionMatrix"]
    assert [each["row"] for each in matrix["rows"]] == results.confusion_matrix
    assert shown["pushed_model"]["address"] == pushed["pushed_destination"]
    (page,) = volume.glob("*/*pusher/report")
    assert f"{results.accuracy:.4f}" in page.read_text()
    assert modes(volume / "output") == {(True, 0o755), (False, 0o644)}
    password = database.partition("@")[0].rpartition(":")[2]
    assert password not in log.getvalue()
    for folder in (volume, tmp_path):  # the artifacts, and the package
        for path in filter(Path.is_file, folder.rglob("*")):
            assert password.encode() not in path.read_bytes(), path

    (message,) = hook.received
    assert (message["state"], message["verdict"]) == ("completed", "blessed")
    # ML Metadata has it with fewer digits.
    assert message["accuracy"] == pytest.approx(results.accuracy)

    package(epochs=1, min_accuracy=0.7, seed=2)
    _, second = recorded_runs(database)
    states = {node.node_id: node.state for node in second.nodes}
    assert {states.pop(node_id) for node_id in data_nodes()} == {State.CACHED}
    assert set(states.values()) == {State.RAN}
    assert evaluation_of(second).blessed
    assert baseline_of(second) == first.output("Trainer", "model").uri
    versions = list(Path(pushed["pushed_destination"]).parent.iterdir())
    assert len(versions) == 2

    # The Evaluator judges the same model again.
    package(epochs=1, min_accuracy=0.99, seed=2)
    assert len(list(Path(pushed["pushed_destination"]).parent.iterdir())) == 2
    *_, refused = hook.received
    assert len(hook.received) == 3
    assert (refused["state"], refused["verdict"]) == ("completed", "refused")


def test_a_failed_run_is_told_to_the_hook(engine, image, volume, hook):
    """Runs the step's and the exit task's own commands.

    kfp's local runner would hand on a success: it loses sight of a short container.
    """

    def run(*command):
        return engine.containers.run(
            image,
            ["python3", "-m", *command],
            environment={
                METADATA_VARIABLE: f"{volume}/metadata.sqlite",
                URL_VARIABLE: hook.url,
            },
            volumes={str(volume): {"bind": str(volume), "mode": "rw"}},
            remove=True,
            **CONTAINER,
        ).decode()

    with pytest.raises(docker.errors.ContainerError):
        run(
            "pipeline.kubeflow.step", "--node", "Trainer", "--run-id", "1",
            "--settings", json.dumps({"output": f"{volume}/output"}),
        )  # fmt: skip
    said = run(
        "pipeline.kubeflow.notification", "--run-id", "1",
        "--final-status", '{"state": "FAILED", "error": {}}',
    )  # fmt: skip
    assert said.splitlines()[-1] == "Notified."
    (message,) = hook.received
    assert (message["run"], message["state"]) == ("1", "failed")
    assert message["verdict"] is None


def test_a_step_s_container_can_write_nothing_of_its_own_but_tmp(engine, image):
    # Where it isn't let in, find says so with an exit code of its own.
    look = "find / -path /proc -prune -o -type d -writable -print 2>/dev/null || true"
    found = engine.containers.run(image, ["sh", "-c", look], remove=True, **CONTAINER)
    folders = found.decode().split()
    own = [path for path in folders if not path.startswith("/dev/")]
    assert own == ["/tmp"]  # noqa: S108 (in the container)


@pytest.mark.parametrize(
    ("environment", "writable", "cause"),
    [
        (
            {METADATA_VARIABLE: "postgresql://me:secret@127.0.0.1:9/db"},
            True,
            "received postgresql://me@127.0.0.1:9/db: Connection refused",
        ),
        ({METADATA_VARIABLE: "/tmp/metadata.sqlite"}, False, "Permission denied"),  # noqa: S108 (in the container)
        (
            {METADATA_VARIABLE: "metadata.sqlite"},
            True,
            "must be a SQLite file that can",
        ),
        ({"PYTHONPATH": "/nowhere"}, True, "No module named 'pipeline'"),
    ],
)
def test_what_is_wrong_is_named_in_the_container_s_last_line(
    engine, image, volume, environment, writable, cause
):
    if not writable:
        volume.chmod(0o755)
    container = engine.containers.run(
        image,
        [
            "python3", "-m", "pipeline.kubeflow.step", "--node", "Trainer",
            "--run-id", "1", "--settings", f'{{"output": "{volume}/output"}}',
        ],
        environment=environment,
        volumes={str(volume): {"bind": str(volume), "mode": "rw"}},
        detach=True,
        **CONTAINER,
    )  # fmt: skip
    try:
        assert container.wait()["StatusCode"] != 0
        log = container.logs().decode()
    finally:
        container.remove(force=True)
    assert cause in log.splitlines()[-1]
    assert "secret" not in log
