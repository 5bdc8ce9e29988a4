"""Beam's pool of Python workers.

Beam's public way to use it is a program. The workers that this program starts are plain
Python processes, without the modules that TFX must import first.
"""

from apache_beam.runners.worker.worker_pool_main import (
    BeamFnExternalWorkerPoolServicer,
)

__all__ = ["BeamFnExternalWorkerPoolServicer"]
