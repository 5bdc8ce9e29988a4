"""Measures how much faster the data stages are on two cores than on one."""

import itertools
import tempfile
from functools import partial

from benchmarks.measure import (
    DATA_NODES,
    ROUNDS,
    Figures,
    in_turns,
    row,
    run_nodes,
    time_python,
)
from benchmarks.result_file import record
from benchmarks.scaled_fashion import scaled_settings
from pipeline.settings import Settings

# Size of the data set, as a multiple of Fashion-MNIST.
FACTOR = 8
GOAL = 1.6
NODES = (*DATA_NODES, "Evaluator")


def main() -> None:
    """Runs the benchmark and records its result."""
    with tempfile.TemporaryDirectory() as scratch:
        common = Settings(output=scratch, epochs=1, min_accuracy=0, max_regression=1)
        run_nodes(common, "preparation", "ImageExampleGen")
        time_python("-m", "benchmarks.scaled_fashion", FACTOR, common.prepared_data_dir)
        outputs = itertools.count()

        def measure(cores: int) -> Figures:
            settings = scaled_settings(common, FACTOR, f"{scratch}/{next(outputs)}")
            measured = run_nodes(settings, "run", *DATA_NODES, cores=cores)
            # It isn't a data stage, and isn't counted.
            run_nodes(settings, "run", "Trainer", "LatestBlessedModel")
            measured |= run_nodes(settings, "run", "Evaluator", cores=cores)
            return {name: measured[name]["seconds"] for name in NODES}

        medians = in_turns({f"{cores}": partial(measure, cores) for cores in (1, 2)})
    totals = {cores: sum(seconds.values()) for cores, seconds in medians.items()}
    ratio = totals["1"] / totals["2"]
    record(
        "core_use",
        row(
            f"{FACTOR} times the data, all data stages on two cores",
            "the same on one core",
            f"{GOAL} times faster",
            f"{ratio:.2f} times faster",
            ratio >= GOAL,
            seconds=medians,
            rounds=ROUNDS,
        ),
    )


if __name__ == "__main__":
    main()
