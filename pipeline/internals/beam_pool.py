"""Beam's pool of Python workers.

Beam offers it as a program only, whose workers are bare Python processes that lack
what TFX must import first.
"""

from apache_beam.runners.worker.worker_pool_main import (
    BeamFnExternalWorkerPoolServicer,
)

__all__ = ["BeamFnExternalWorkerPoolServicer"]
