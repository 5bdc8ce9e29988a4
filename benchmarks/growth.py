"""1, 2, 4 and 8 times the data: how time and memory of each stage grow.

`python -m benchmarks.growth [DATA_DIR]`: the perturbed images are kept in DATA_DIR for
another time, if it is given.
"""

import math
import sys
import tempfile
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks.measure import DATA_NODES, ROUNDS, row, run_nodes, time_python
from benchmarks.results import record
from benchmarks.scaled_fashion import FACTORS
from pipeline.settings import Settings

NODES = (*DATA_NODES, "Trainer", "LatestBlessedModel", "Evaluator")
EXPONENT_GOAL = 1.05
MEMORY_GOAL = 1.10
_MIB = 2**20


def main(
    data_dir: str | None = None,
    factors: tuple[int, ...] = FACTORS,
    rounds: int = ROUNDS,
) -> None:
    """Runs the benchmark and records it, with each stage's figures."""
    console = Console(stderr=True)
    measured: dict[tuple[str, int], list[dict[str, Any]]] = {
        (node_id, factor): [] for node_id in NODES for factor in factors
    }
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
            run_nodes(common, "preparation", "TfdsExampleGen")
        for factor in factors:
            with console.status(f"Perturbing images, {factor} times the data"):
                time_python(
                    "-m", "benchmarks.scaled_fashion",
                    factor, common.prepared_data_dir,
                )  # fmt: skip
        for number in range(1, rounds + 1):
            for factor in factors:
                settings = common.model_copy(
                    update={
                        "dataset": f"scaled_fashion/x{factor}:1.0.0",
                        "output": f"{scratch}/x{factor}-{number}",
                        "data_dir": common.prepared_data_dir,
                    }
                )
                for node_id in NODES:
                    what = f"Round {number} of {rounds}: {node_id}, {factor} times"
                    with console.status(what):
                        figures = run_nodes(settings, "run", node_id)[node_id]
                    measured[node_id, factor].append(figures)
                    console.print(f"{what}: {figures['seconds']:.1f} s")
    stages = {
        node_id: {
            factor: {
                "seconds": round(_median("seconds", measured[node_id, factor]), 1),
                "peak_mebibytes": round(
                    _median("peak_bytes", measured[node_id, factor]) / _MIB
                ),
            }
            for factor in factors
        }
        for node_id in NODES
    }
    totals = [
        sum(stage[factor]["seconds"] for stage in stages.values()) for factor in factors
    ]
    exponent = _slope(
        [math.log(factor) for factor in factors], [math.log(each) for each in totals]
    )
    growth = {
        node_id: stage[factors[-1]]["peak_mebibytes"]
        / stage[factors[-2]]["peak_mebibytes"]
        for node_id, stage in stages.items()
    }
    worst = max(growth, key=lambda node_id: growth[node_id])
    record(
        "growth",
        row(
            f"{', '.join(map(str, factors))} times the data: time of all stages; peak "
            f"memory of each from {factors[-2]} to {factors[-1]} times",
            "itself",
            f"exponent at most {EXPONENT_GOAL}; at most {MEMORY_GOAL - 1:.0%} more",
            f"exponent {exponent:.2f}; {worst} {growth[worst] - 1:+.1%}, the others "
            f"less",
            exponent <= EXPONENT_GOAL and growth[worst] <= MEMORY_GOAL,
            exponent=round(exponent, 3),
            memory_growth={name: round(value, 3) for name, value in growth.items()},
            stages=stages,
            rounds=rounds,
        ),
    )


def _median(figure: str, rounds: list[dict[str, Any]]) -> float:
    return median(each[figure] for each in rounds)


def _slope(x: list[float], y: list[float]) -> float:
    """Returns the slope of the line with the least squared error."""
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    return sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)) / sum(
        (a - x_mean) ** 2 for a in x
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
