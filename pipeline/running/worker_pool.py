"""Runs a pool of Beam's Python workers in this process."""

# TFX must be imported first: it completes tfx-bsl, which the pickled code that arrives
# here needs. The workers of Beam's own pool are plain Python processes without it.
import tfx.components  # noqa: F401

# isort: split
from typing import Any

from apache_beam.portability.api import beam_fn_api_pb2

from pipeline.internals.beam_pool import BeamFnExternalWorkerPoolServicer


class WorkerPool(BeamFnExternalWorkerPoolServicer):
    """A pool that several workers of an engine can share."""

    def StopWorker(
        self, stop_worker_request: Any, unused_context: Any
    ) -> beam_fn_api_pb2.StopWorkerResponse:
        """Does nothing: a worker ends by itself when its engine disconnects.

        Each of the engine's workers numbers its Python workers itself, and names one by
        its number here. So the same number may mean several workers, and Beam's own
        method would stop the one that started last.
        """
        return beam_fn_api_pb2.StopWorkerResponse()
