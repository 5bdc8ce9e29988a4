"""Whole runs on the synthetic set, each in processes of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import Run, load_run

ROOT = Path(__file__).parents[2]
COMMAND = (
    sys.executable, "-m", "tests.chaos.synthetic_runner",
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
    if not (output / "metadata.sqlite").exists():
        return []
    store = open_store(str(output / "metadata.sqlite"))
    contexts = store.get_contexts_by_type("pipeline_run")
    return [
        load_run(store, context.name)
        for context in sorted(contexts, key=lambda context: context.id)
    ]


def stray_files(output: Path) -> list[str]:
    """Returns what should not be there once a run has ended well."""
    artifacts = {
        Path(artifact.uri)
        for run in runs(output)
        for node in run.nodes
        for group in node.outputs.values()
        for artifact in group
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
            "tmp",
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


@contextmanager
def watched(serving_dir: Path) -> Iterator[list[str]]:
    """Loads every version that a server would load, the moment it appears.

    Yields:
        What was wrong with any; complete once the context is left.
    """
    faults: list[str] = []
    loaded: set[Path] = set()
    done = threading.Event()

    def look() -> None:
        for folder in serving_dir.glob("*"):
            if folder.name.isdecimal() and folder not in loaded:
                loaded.add(folder)
                try:
                    signatures = tf.saved_model.load(str(folder)).signatures
                    pixels = tf.zeros([1, 28, 28], tf.uint8)
                    signatures["predict_images"](images=pixels)
                except Exception as error:
                    faults.append(f"{folder.name}: {error}")
        # A version may go as a whole, but not piece by piece.
        for folder in loaded:
            if not (folder / "saved_model.pb").is_file() and folder.is_dir():
                faults.append(f"{folder.name} is no longer whole")

    def poll() -> None:
        while not done.wait(0.01):
            look()

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield faults
    finally:
        done.set()
        thread.join()
        look()
