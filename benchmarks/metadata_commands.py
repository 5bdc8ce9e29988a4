"""Measures the commands that explain runs, on a store of 500 runs.

`make bench-inspect` runs it.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.measure import in_turns, row, time_python
from benchmarks.result_file import record
from tests.support.metadata_store import FIRST_VERSION, write_store

RUNS = 500
GOAL_SECONDS = 3.0
COMMANDS = {
    "runs": ("runs",),
    "show": ("show", "run-0250"),
    "diff": ("diff", "run-0250", "run-0300"),
    "lineage of a version": ("lineage", FIRST_VERSION + 250),
    "lineage of the data": ("lineage", 1),
    "gc": ("gc",),
}


def main() -> None:
    """Runs the benchmark and records its result."""
    # With this variable, Python would compile the modules again in each process.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as scratch:
        store = str(Path(scratch, "metadata.sqlite"))
        write_store(store, RUNS)

        def seconds(command: tuple[object, ...]) -> float:
            timing = time_python("-m", "pipeline", *command, "--metadata", store)
            return timing.seconds

        for command in COMMANDS.values():
            seconds(command)  # compiles the modules
        medians = in_turns(
            {
                name: lambda command=command: {"seconds": seconds(command)}
                for name, command in COMMANDS.items()
            }
        )
    slowest = max(medians, key=lambda name: medians[name]["seconds"])
    most = medians[slowest]["seconds"]
    record(
        "metadata_commands",
        row(
            f"The slowest command on a store of {RUNS} runs, as a whole process",
            "a limit of our own",
            f"at most {GOAL_SECONDS:g} s",
            f"{most:.1f} s, `{slowest}`",
            most <= GOAL_SECONDS,
            runs=RUNS,
            median_seconds={
                name: round(figures["seconds"], 2) for name, figures in medians.items()
            },
        ),
    )


if __name__ == "__main__":
    main()
