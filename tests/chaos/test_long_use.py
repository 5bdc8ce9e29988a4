"""Many runs on one output."""

import os
import resource
import statistics
import subprocess
import sys
import time

import psutil
import pytest

from pipeline.metadata.records import State
from pipeline.running.launcher import PipelineLauncher
from tests.chaos import runs

pytestmark = pytest.mark.chaos

RUNS = int(os.environ.get("CHAOS_RUNS", "16" if runs.SHORT else "200"))
# Of processor time, which other programs hardly change: what the command `runs` takes,
# with the start of Python.
LIST_SECONDS = 3
MIB = 2**20


def test_time_and_memory_hardly_grow_over_many_runs(settings):
    seconds, memory = [], []
    for number in range(RUNS):
        start = time.process_time()
        # Every fiftieth run trains anew.
        launcher = PipelineLauncher(
            settings.model_copy(
                update={"seed": 1 + number // 50, "max_regression": 1.0}
            ),
            str(number),
        )
        states = [launcher.launch(node_id) for node_id in launcher.node_ids]
        if states.count(State.CACHED) >= 7:
            seconds.append(time.process_time() - start)
            memory.append(psutil.Process().memory_info().rss / MIB)
    quarter = len(seconds) // 4
    # Other work on the machine makes a run longer, but never shorter.
    first, last = (
        (min(seconds[part]), statistics.median(memory[part]))
        for part in (slice(quarter), slice(-quarter, None))
    )
    print(f"\n{RUNS} runs, first and last quarter: {first} and {last} (CPU s, MiB)")
    # TFX goes through a stage's earlier executions to find its inputs and its cache.
    assert last[0] - first[0] < 0.003 * RUNS + 0.5
    # A run that trains leaves TensorFlow's own caches behind.
    assert last[1] - first[1] < 0.5 * RUNS + 100
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    listed = subprocess.run(
        [sys.executable, "-m", "pipeline", "runs", "--output", settings.root],
        cwd=runs.ROOT,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert listed.returncode == 0, listed.stderr
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"runs: {used:.1f} s of processor time")
    assert used < LIST_SECONDS
