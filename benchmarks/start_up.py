"""Measures the start of a run, and a run in which every stage is cached."""

import tempfile
from pathlib import Path

from benchmarks.measure import ROUNDS, in_turns, row, time_python
from benchmarks.result_file import record

START_GOAL = 0.6
CACHED_GOAL_SECONDS = 3.0


def main() -> None:
    """Runs the benchmark and records its two results."""
    with tempfile.TemporaryDirectory() as scratch:
        run = (
            "local_runner.py", "--output", Path(scratch, "output"),
            "--max-examples", 2000, "--epochs", 1, "--min-accuracy", 0.1,
            "--max-regression", 1,
        )  # fmt: skip
        # Two runs, because only the second one compares its model with a baseline.
        for _ in range(2):
            time_python(*run)

        def cached_run() -> dict[str, float]:
            timing = time_python(*run)
            return {
                # The first node is short, so its line marks the end of the start.
                "start_seconds": timing.first_line_seconds,
                "over_start_seconds": timing.seconds - timing.first_line_seconds,
            }

        medians = in_turns(
            {
                "cached run": cached_run,
                "import tfx.v1": lambda: {
                    "seconds": time_python("-c", "import tfx.v1").seconds
                },
            },
        )
    start = medians["cached run"]["start_seconds"]
    over = medians["cached run"]["over_start_seconds"]
    imports = medians["import tfx.v1"]["seconds"]
    details = {
        "start_seconds": round(start, 1),
        "import_tfx_v1_seconds": round(imports, 1),
        "over_start_seconds": round(over, 1),
        "rounds": ROUNDS,
    }
    record(
        "start",
        row(
            "Start of the process to the end of the first node",
            '`python -c "import tfx.v1"`',
            f"at most {START_GOAL} times its time",
            f"{start / imports:.2f} times",
            start / imports <= START_GOAL,
            **details,
        ),
    )
    record(
        "cached_run",
        row(
            "A run whose every stage is reused",
            "the same start",
            f"at most {CACHED_GOAL_SECONDS:g} s over it",
            f"{over:.1f} s over it",
            over <= CACHED_GOAL_SECONDS,
            **details,
        ),
    )


if __name__ == "__main__":
    main()
