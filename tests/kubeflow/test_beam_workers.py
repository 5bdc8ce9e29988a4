"""The steps' image as Beam's workers."""

import pytest

from tests.support.servers.processes import free_port, wait_for_port

pytestmark = pytest.mark.kubeflow

# It runs in the image as well, since Beam needs the same Python on both sides. Its
# function is sent whole: `__main__` is no module that a worker could import.
CLIENT = """
import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that, equal_to

def who_and_what(_):
    import os

    from components import features

    return os.getuid(), features.IMAGE

options = PipelineOptions(
    [
        "--runner=PortableRunner",
        "--job_endpoint=embed",
        "--environment_type=EXTERNAL",
        f"--environment_config=localhost:{sys.argv[1]}",
    ]
)
with beam.Pipeline(options=options) as pipeline:
    seen = pipeline | beam.Create([None]) | beam.Map(who_and_what)
    assert_that(seen, equal_to([(1000, "image")]))
"""
CONTAINER = {
    "network": "host",
    "read_only": True,
    "tmpfs": {"/tmp": "mode=1777"},  # noqa: S108 (in the container)
}


@pytest.fixture
def worker_pool(engine, image):
    """Workers in a container, beside which an engine would stand; yields the port."""
    port = free_port()
    container = engine.containers.run(
        image,
        ["python3", "-m", "pipeline", "beam-workers", "--port", str(port)],
        detach=True,
        **CONTAINER,
    )
    try:
        try:
            wait_for_port(port, "A pool of Beam workers", seconds=120)
        except TimeoutError:
            pytest.fail(container.logs().decode())
        yield port
    finally:
        container.remove(force=True)


def test_beam_runs_the_project_s_code_in_the_image(engine, image, worker_pool):
    # As another user than the workers', so that who answers is a worker.
    engine.containers.run(
        image,
        ["python3", "-c", CLIENT, str(worker_pool)],
        user="1001",
        remove=True,
        **CONTAINER,
    )
