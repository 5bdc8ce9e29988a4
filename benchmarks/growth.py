"""Measures how time and memory of each stage grow with 1, 2, 4 and 8 times the data.

Usage: `python -m benchmarks.growth [DATA_DIR]`. If DATA_DIR is given, the perturbed
images are kept there and used again the next time.
"""

import functools
import itertools
import math
import sys
import tempfile
from statistics import linear_regression

from rich.console import Console

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
from benchmarks.scaled_fashion import FACTORS, scaled_settings
from pipeline.settings import Settings

NODES = (*DATA_NODES, "Trainer", "LatestBlessedModel", "Evaluator")
EXPONENT_GOAL = 1.05
MEMORY_GOAL = 1.10
_MIB = 2**20


def main(data_dir: str | None = None) -> None:
    """Runs the benchmark and records its result, with the numbers of each stage.

    Args:
        data_dir: Folder for the prepared data sets; a temporary one if None.
    """
    console = Console(stderr=True)
    outputs = itertools.count()
    with tempfile.TemporaryDirectory() as scratch:
        common = Settings(
            output=scratch,
            data_dir=data_dir,
            epochs=1,
            min_accuracy=0,
            max_regression=1,
            cache=False,
        )
        with console.status("Fashion-MNIST"):
            run_nodes(common, "preparation", "ImageExampleGen")
        for factor in FACTORS:
            with console.status(f"Perturbing images, {factor} times the data"):
                time_python(
                    "-m", "benchmarks.scaled_fashion",
                    factor, common.prepared_data_dir,
                )  # fmt: skip

        def measure(factor: int) -> Figures:
            settings = scaled_settings(common, factor, f"{scratch}/{next(outputs)}")
            measured = [run_nodes(settings, "run", name)[name] for name in NODES]
            return {
                f"{each['node']} {figure}": each[figure]
                for each in measured
                for figure in ("seconds", "peak_bytes")
            }

        medians = in_turns(
            {f"{factor}x": functools.partial(measure, factor) for factor in FACTORS}
        )
    stages = {
        node_id: {
            factor: {
                "seconds": round(medians[f"{factor}x"][f"{node_id} seconds"], 1),
                "peak_mebibytes": round(
                    medians[f"{factor}x"][f"{node_id} peak_bytes"] / _MIB
                ),
            }
            for factor in FACTORS
        }
        for node_id in NODES
    }
    totals = [
        sum(stage[factor]["seconds"] for stage in stages.values()) for factor in FACTORS
    ]
    exponent = linear_regression(
        [math.log(factor) for factor in FACTORS], [math.log(each) for each in totals]
    ).slope
    growth = {
        node_id: stage[FACTORS[-1]]["peak_mebibytes"]
        / stage[FACTORS[-2]]["peak_mebibytes"]
        for node_id, stage in stages.items()
    }
    worst = max(growth, key=lambda node_id: growth[node_id])
    record(
        "growth",
        row(
            f"{', '.join(map(str, FACTORS))} times the data: time of all stages; peak "
            f"memory of each from {FACTORS[-2]} to {FACTORS[-1]} times",
            "itself",
            f"exponent at most {EXPONENT_GOAL}; at most {MEMORY_GOAL - 1:.0%} more",
            f"exponent {exponent:.2f}; {worst} {growth[worst] - 1:+.1%}, the others "
            f"less",
            exponent <= EXPONENT_GOAL and growth[worst] <= MEMORY_GOAL,
            exponent=round(exponent, 3),
            memory_growth={name: round(value, 3) for name, value in growth.items()},
            stages=stages,
            rounds=ROUNDS,
        ),
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
