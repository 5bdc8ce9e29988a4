"""Whole runs on the synthetic set, each in processes of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.metadata.records import Run
from tests.support.reading import recorded_runs

ROOT = Path(__file__).parents[2]
COMMAND = (
    sys.executable, "-m", "tests.support.synthetic_runner",
    "--dataset", "tiny_fashion:1.0.0", "--epochs", "8", "--batch-size", "16",
    "--min-accuracy", "0.5", "--max-regression", "1.0",
)  # fmt: skip
# Fewer cases of each kind, for every change; the rest for `make test-chaos`.
SHORT = os.environ.get("CHAOS") == "short"
# What is made anew by every run, whatever it can reuse.
ALWAYS_RUN = {"LatestBlessedModel", "Evaluator", "Pusher"}
_TIMEOUT = 600


def start(output: Path, *options: object, **popen: object) -> subprocess.Popen[str]:
    """Starts a run as the leader of a process group."""
    return subprocess.Popen(
        [*COMMAND, "--output", str(output), *map(str, options)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **popen,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Waits for a run; returns its exit code and what it printed."""
    printed, _ = process.communicate(timeout=_TIMEOUT)
    return process.returncode, printed


def run(output: Path, *options: object, **popen: object) -> tuple[int, str]:
    """Runs to the end; returns the exit code and what was printed."""
    return finish(start(output, *options, **popen))


def kill_group(process: subprocess.Popen[str]) -> None:
    """Sends SIGKILL to every process of a run."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=_TIMEOUT)


def last_line(printed: str) -> str:
    return printed.strip().splitlines()[-1]


def runs(output: Path) -> list[Run]:
    """Returns the runs on an output, oldest first."""
    store = output / "metadata.sqlite"
    return recorded_runs(str(store)) if store.exists() else []


def stray_files(output: Path) -> list[str]:
    """Returns what should not be there once a run has ended well."""
    artifacts = {
        Path(artifact.uri)
        for run in runs(output)
        for node in run.nodes
        for artifact in node.made
    }
    folders = [
        folder
        for folder in output.glob("artifacts/*/*/*/")
        if folder.parent.parent.name != ".system"
        and folder.parent.name != "executor_execution"
        and ".system" not in folder.parts
        and folder not in artifacts
    ]
    temporary = [
        path
        for pattern in (
            ".temporary*",
            "in-use.lock",
            "*-journal",
            "serving/*/.*",
            "artifacts/*/.system/executor_execution/*/.temp",
            "artifacts/*/.system/stateful_working_dir/*",
            "artifacts/**/*beam-temp*",
            "artifacts/**/tmp*",
            "data/**/*incomplete*",
        )
        for path in output.glob(pattern)
    ]
    return sorted(str(path.relative_to(output)) for path in [*folders, *temporary])
