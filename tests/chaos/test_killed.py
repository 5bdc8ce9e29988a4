"""`kill -9` of the whole process group, at random moments over a run."""

import contextlib
import math
import os
import random
import resource
import shutil
import time

import psutil
import pytest

from pipeline.metadata.records import State
from tests.chaos import runs
from tests.support.served_versions import reading

pytestmark = pytest.mark.chaos

KILLS = int(os.environ.get("CHAOS_KILLS", "3" if runs.SHORT else "20"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().getrandbits(32)


def test_a_killed_run_is_completed_by_the_same_command(tmp_path):
    print(f"\nCHAOS_SEED={SEED} CHAOS_KILLS={KILLS}")
    output = tmp_path / "output"
    chance = random.Random(SEED)
    code, printed, seconds = measured_run(output, "--seed", 1)
    assert code == 0, printed
    # Every second kill meets an output with earlier runs, the others a new one.
    expected_seconds = {"new": seconds, "used": seconds}
    for number in range(KILLS):
        kind = "used" if number % 2 else "new"
        if kind == "new":
            shutil.rmtree(output)
        earlier = len(runs.runs(output))
        options = ("--seed", number + 2)
        # One moment in each part of a run, so that they spread over all of it.
        part = (number // 2 + chance.random()) / math.ceil(KILLS / 2)
        with reading(output / "serving" / "fashion_mnist") as reader:
            process = runs.start(output, *options)
            moment = kill_after(process, part * expected_seconds[kind])
            complete = complete_stages(runs.runs(output)[earlier:])
            print(f"{number + 1:2}. {kind} output, {moment}; complete: {complete}")
            code, printed, seconds = measured_run(output, *options)
        assert code == 0, printed
        assert reader.faults == []
        assert_completed(output, complete)
        if kind == "used":
            expected_seconds[kind] = seconds


def measured_run(output, *options):
    """Runs to the end; returns what `runs.run` does, and the CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, printed = runs.run(output, *options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return code, printed, seconds


def kill_after(process, seconds):
    """Kills a run once it has used so many CPU seconds, whatever the load."""
    leader = psutil.Process(process.pid)
    while process.poll() is None:
        if cpu_seconds(leader) >= seconds:
            runs.kill_group(process)
            return f"killed after {seconds:.1f} CPU s"
        time.sleep(0.02)
    process.communicate()
    return f"ended within {seconds:.1f} CPU s"


def cpu_seconds(leader):
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in [leader, *leader.children(recursive=True)]:
            times = process.cpu_times()
            total += times.user + times.system
    return total


def complete_stages(killed):
    """Returns the stages that the killed run, if it was recorded, had complete."""
    return {
        node.node_id
        for run in killed
        for node in run.nodes
        if node.state in (State.RAN, State.CACHED)
    }


def assert_completed(output, complete):
    *_, last = runs.runs(output)
    assert len(last.nodes) == 11
    reused = {node.node_id for node in last.nodes if node.state is State.CACHED}
    assert reused >= complete - runs.ALWAYS_RUN
    assert {node.state for node in last.nodes} <= {State.RAN, State.CACHED}
    assert all(
        node.state is not State.RUNNING
        for run in runs.runs(output)
        for node in run.nodes
    )
    assert runs.stray_files(output) == []
