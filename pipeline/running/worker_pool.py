"""A pool of Beam's Python workers, in this process."""

# TFX completes tfx-bsl for the libraries whose code arrives here pickled, so it comes
# first. Beam's own pool starts each worker as a bare Python, without it.
import tfx.components  # noqa: F401

# isort: split
from typing import Any

from apache_beam.portability.api import beam_fn_api_pb2

from pipeline.internals.beam_pool import BeamFnExternalWorkerPoolServicer


class WorkerPool(BeamFnExternalWorkerPoolServicer):
    """A pool that several of an engine's workers may share."""

    def StopWorker(
        self, stop_worker_request: Any, unused_context: Any
    ) -> beam_fn_api_pb2.StopWorkerResponse:
        """Leaves a worker to end by itself, which it does when its engine hangs up.

        The engine's workers number those of the pool independently of each other, and
        ask to stop one by that number: Beam would stop whichever started last.
        """
        return beam_fn_api_pb2.StopWorkerResponse()
