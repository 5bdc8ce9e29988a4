"""Times the commands that explain runs, as whole processes, on a store of 500 runs.

Prints a table, keeps the figures in `benchmarks/results.json`, and ends non-zero when
the median of a command is over the bound.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.metadata_store import FIRST_VERSION, write_store
from benchmarks.results import record

RUNS = 500
REPETITIONS = 5
BOUND_SECONDS = 3.0
COMMANDS = {
    "runs": ["runs"],
    "show": ["show", "run-0250"],
    "diff": ["diff", "run-0250", "run-0300"],
    "lineage of a version": ["lineage", str(FIRST_VERSION + 250)],
    "lineage of the data": ["lineage", "1"],
    "gc": ["gc"],
}


def main() -> None:
    """Runs the benchmark."""
    with tempfile.TemporaryDirectory() as scratch:
        store = str(Path(scratch, "metadata.sqlite"))
        write_store(store, RUNS)
        figures = {name: _time(command, store) for name, command in COMMANDS.items()}
    table = Table("command", "median seconds", "CPU seconds")
    for name, figure in figures.items():
        table.add_row(
            name, str(figure["median_seconds"]), str(figure["median_cpu_seconds"])
        )
    Console().print(table)
    record(
        "metadata_commands",
        {
            "runs": RUNS,
            "repetitions": REPETITIONS,
            "bound_seconds": BOUND_SECONDS,
            "commands": figures,
        },
    )
    slow = [
        name
        for name, figure in figures.items()
        if figure["median_seconds"] > BOUND_SECONDS
    ]
    if slow:
        sys.exit(f"Slower than {BOUND_SECONDS} s: {', '.join(slow)}.")


def _time(command: list[str], store: str) -> dict[str, float]:
    # As on a machine that isn't told otherwise, Python keeps compiled modules.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }
    seconds, cpu_seconds = [], []
    for _ in range(1 + REPETITIONS):
        started, cpu_started = time.perf_counter(), _children_cpu_seconds()
        subprocess.run(
            [sys.executable, "-m", "pipeline", *command, "--metadata", store],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        seconds.append(time.perf_counter() - started)
        cpu_seconds.append(_children_cpu_seconds() - cpu_started)
    # The first one may have compiled them.
    del seconds[0], cpu_seconds[0]
    return {
        "median_seconds": round(median(seconds), 2),
        "median_cpu_seconds": round(median(cpu_seconds), 2),
    }


def _children_cpu_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    main()
