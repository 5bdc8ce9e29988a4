"""The double of Kubeflow Pipelines, and an impatient client."""

import pytest
from click.testing import CliRunner

from pipeline.commands.kubeflow import kubeflow
from tests.support.servers.kubeflow_api import kubeflow_api


@pytest.fixture
def api(monkeypatch, tmp_path):
    """A double of the API server of Kubeflow Pipelines."""
    # Imports kfp, for which tests without a cluster need not wait.
    from pipeline.kubeflow import cluster, waiting

    monkeypatch.setattr(waiting, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(cluster, "_TIMEOUT", (0.3, 0.3))
    # The client remembers its last host in the home folder.
    monkeypatch.setenv("HOME", str(tmp_path))
    with kubeflow_api() as server:
        yield server


@pytest.fixture
def call(api):
    """Calls a command for the double, as `python kubeflow_runner.py` would."""

    def run(command, *arguments):
        return CliRunner().invoke(
            kubeflow, [command, *arguments, "--host", api.url], catch_exceptions=False
        )

    return run
