"""The steps' image on the Debian before, whose older glibc needs older packages."""

import json
import os

import pytest

from pipeline.kubeflow.step import METADATA_VARIABLE

pytestmark = [
    pytest.mark.kubeflow,
    # It builds another image of gigabytes.
    pytest.mark.skipif(
        os.environ.get("KUBEFLOW") == "short",
        reason="in the long form only: make test-kubeflow",
    ),
]


def test_nodes_run_that_use_the_packages_which_are_held_back(
    engine, image_on_debian_12, volume
):
    def run(*command):
        return engine.containers.run(
            image_on_debian_12,
            command,
            environment={METADATA_VARIABLE: f"{volume}/metadata.sqlite"},
            volumes={str(volume): {"bind": str(volume), "mode": "rw"}},
            network="host",
            remove=True,
        ).decode()

    assert "3.11" in run("python3", "--version")
    settings = json.dumps({"output": f"{volume}/output", "max_examples": 100})
    for node in ("ImageExampleGen", "CuratedSchema", "StatisticsGen"):
        printed = run(
            "python3", "-m", "pipeline.kubeflow.step",
            "--node", node, "--run-id", "1", "--settings", settings,
        )  # fmt: skip
        assert printed.splitlines()[-1] == f"{node}: ran"
