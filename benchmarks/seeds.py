"""Trains with several seeds, and compares the pipeline with the plain script.

If the processor has bfloat16 instructions, the pipeline also trains in mixed_bfloat16.

It writes `benchmarks/seeds.json` and prints a table. It fails if the pipeline's
accuracy is below 0.89 with any seed, or below 0.897 on average.
"""

import sys
import tempfile
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks.measure import last_json, time_python
from benchmarks.result_file import record_seeds
from components.evaluator.evaluation_results import EvaluationResults
from components.precision import FLOAT32, MIXED_BFLOAT16, has_bfloat16

SEEDS = (1, 2, 3)
MIN_ACCURACY = 0.89
MIN_MEAN_ACCURACY = 0.897


def main() -> None:
    """Runs the benchmark and records its result."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = f"{scratch}/data"
        for seed in SEEDS:
            output = Path(scratch, str(seed))
            common = ("--data-dir", data_dir, "--seed", seed)
            row = {
                "seed": seed,
                "pipeline_accuracy": _run_pipeline(output / FLOAT32, *common),
            }
            plain = last_json("benchmarks/plain_keras.py", *common)
            row["plain_accuracy"] = plain["accuracy"]
            if has_bfloat16():
                row["mixed_bfloat16_accuracy"] = _run_pipeline(
                    output / MIXED_BFLOAT16, *common, "--precision", MIXED_BFLOAT16
                )
            rows.append(row)
            print(row, flush=True)
    record_seeds(rows)
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)
    for name in rows[0].keys() - {"seed", "plain_accuracy"}:
        accuracies = [row[name] for row in rows]
        if min(accuracies) < MIN_ACCURACY or mean(accuracies) < MIN_MEAN_ACCURACY:
            sys.exit(
                f"{name} must be at least {MIN_ACCURACY} with each seed and "
                f"{MIN_MEAN_ACCURACY} on average; received {accuracies}."
            )


def _run_pipeline(output: Path, *arguments: object) -> float:
    time_python("local_runner.py", "--output", output, *arguments)
    (evaluation,) = output.glob("artifacts/Evaluator/evaluation/*")
    return round(EvaluationResults.read(str(evaluation)).accuracy, 4)


if __name__ == "__main__":
    main()
