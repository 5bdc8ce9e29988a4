"""Runs nodes of a run in one process, and prints their time and memory.

It prints a JSON line for each node: its name, its seconds, its state, and the peak of
the process's resident memory until then, in bytes.
"""

import argparse
import contextlib
import json
import logging
import os
import resource
import sys
import time

from benchmarks import scaled_fashion  # noqa: F401  (registers the set with TFDS)
from pipeline.running.launcher import PipelineLauncher
from pipeline.running.supervision import peak_memory_bytes
from pipeline.settings import Settings


def main() -> None:
    """Runs the nodes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nodes", nargs="+", help="Names of the nodes, in order.")
    parser.add_argument("--run-id", required=True, help="Identifier of the run.")
    parser.add_argument("--settings", required=True, help="Settings, as JSON.")
    parser.add_argument("--cores", type=int, help="How many cores it may use.")
    arguments = parser.parse_args()

    if arguments.cores:
        # TensorFlow, which starts later, sees only these.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    logging.getLogger().setLevel(logging.INFO)
    settings = Settings.model_validate_json(arguments.settings)
    launcher = PipelineLauncher(settings, arguments.run_id)
    for node_id in arguments.nodes:
        started = time.perf_counter()
        # Keras prints its epochs to standard output, which is for the results.
        with contextlib.redirect_stdout(sys.stderr):
            state = launcher.launch(node_id)
        figures = {
            "node": node_id,
            "seconds": time.perf_counter() - started,
            "peak_bytes": peak_memory_bytes(
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            ),
            "state": state.value,
        }
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
