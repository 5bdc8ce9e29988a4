import faulthandler
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.running import supervision
from pipeline.running.supervision import (
    KilledError,
    peak_memory_bytes,
    supervise,
)

SUPERVISE = """
import pathlib, sys, time
from pipeline.running import supervision

def work(file):
    pathlib.Path(file).write_text(str(__import__("os").getpid()))
    time.sleep(60)
    return 0

if __name__ == "__main__":
    supervision.supervise(work, sys.argv[1])
"""


@pytest.fixture(params=["fork", "spawn"])
def way(request, monkeypatch):
    """Each way to start a process, whatever threads run here."""
    monkeypatch.setattr(supervision, "_can_fork", lambda: request.param == "fork")


def succeed(code):
    return code


def die(number):
    # A forked process has pytest's handler too, which prints all stacks on a crash.
    faulthandler.disable()
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_exit_code_comes_back(way, code):
    assert supervise(succeed, code) == code


@pytest.mark.parametrize("name", ["SIGKILL", "SIGABRT", "SIGSEGV"])
def test_a_process_that_a_signal_ends_is_told(way, name):
    with pytest.raises(KilledError, match=name):
        supervise(die, signal.Signals[name])


def test_peak_memory_is_what_was_used_whatever_the_system_counts_in(monkeypatch):
    held = b"1" * (64 << 20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    used = psutil.Process().memory_info().rss
    assert len(held) < used * 0.99 < peak_memory_bytes(peak) < 100 * used
    monkeypatch.setattr(sys, "platform", "darwin")
    assert peak_memory_bytes(123) == 123
    monkeypatch.setattr(sys, "platform", "linux")
    assert peak_memory_bytes(123) == 123 * 1024


@pytest.fixture
def supervised(tmp_path):
    """A supervisor and its worker, in processes of their own."""
    program, file = tmp_path / "program.py", tmp_path / "pid"
    program.write_text(SUPERVISE)
    supervisor = subprocess.Popen(
        [sys.executable, str(program), str(file)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield supervisor, psutil.Process(int(file.read_text()))
    supervisor.kill()
    supervisor.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_worker_ends_with_its_supervisor(supervised, number):
    supervisor, worker = supervised
    supervisor.send_signal(number)
    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running()
