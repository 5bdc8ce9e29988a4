"""Compares the time of the whole pipeline with that of a plain Keras script."""

import itertools
import tempfile
from pathlib import Path

from benchmarks.measure import ROUNDS, in_turns, row, time_python
from benchmarks.result_file import record
from pipeline.settings import Settings

GOAL = 0.65
EPOCHS = Settings().epochs


def main() -> None:
    """Runs the benchmark and records its result."""
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = Path(scratch, "data")
        # Prepares the data set, which is not part of the comparison.
        time_python("benchmarks/plain_keras.py", "--data-dir", data_dir, "--epochs", 1)
        outputs = (Path(scratch, str(number)) for number in itertools.count())
        common = ("--data-dir", data_dir, "--epochs", EPOCHS)
        medians = in_turns(
            {
                "pipeline": lambda: {
                    "seconds": time_python(
                        "local_runner.py", *common, "--output", next(outputs)
                    ).seconds
                },
                "plain script": lambda: {
                    "seconds": time_python("benchmarks/plain_keras.py", *common).seconds
                },
            },
        )
    pipeline, plain = (medians[name]["seconds"] for name in medians)
    ratio = pipeline / plain
    record(
        "cold_run",
        row(
            f"The whole pipeline, cold, {EPOCHS} epochs, start to exit",
            "the plain Keras script (`benchmarks/plain_keras.py`)",
            f"at most {GOAL} times its time",
            f"{ratio:.2f} times",
            ratio <= GOAL,
            pipeline_seconds=round(pipeline, 1),
            plain_seconds=round(plain, 1),
            rounds=ROUNDS,
        ),
    )


if __name__ == "__main__":
    main()
