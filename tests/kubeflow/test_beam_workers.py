"""The steps' image as Beam's workers."""

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that, equal_to

from tests.support.servers.processes import free_port, wait_for_port

pytestmark = pytest.mark.kubeflow


@pytest.fixture
def worker_pool(engine, image):
    """Workers in a container, beside which an engine would stand; yields the port."""
    port = free_port()
    container = engine.containers.run(
        image,
        ["python3", "-m", "pipeline", "beam-workers", "--port", str(port)],
        network="host",
        read_only=True,
        tmpfs={"/tmp": "mode=1777"},  # noqa: S108 (in the container)
        detach=True,
    )
    try:
        try:
            wait_for_port(port, "A pool of Beam workers", seconds=120)
        except TimeoutError:
            pytest.fail(container.logs().decode())
        yield port
    finally:
        container.remove(force=True)


def test_beam_runs_the_project_s_code_in_the_image(worker_pool):
    # Local, so that Beam sends its code and not the name of this module.
    def who_and_what(_):
        import os

        from components import features

        return os.getuid(), len(features.CLASS_NAMES)

    options = PipelineOptions(
        [
            "--runner=PortableRunner",
            "--job_endpoint=embed",
            "--environment_type=EXTERNAL",
            f"--environment_config=localhost:{worker_pool}",
        ]
    )
    with beam.Pipeline(options=options) as pipeline:
        seen = pipeline | beam.Create([None]) | beam.Map(who_and_what)
        assert_that(seen, equal_to([(1000, 10)]))
