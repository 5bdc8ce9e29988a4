"""Trains with several seeds, the pipeline and the plain script in turn.

Writes `benchmarks/seeds.json`, prints a table, and ends non-zero when the pipeline
misses 0.89 with any seed or 0.897 in the mean.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from components.evaluator.results import EvaluationResults

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 3)
MIN_ACCURACY = 0.89
MIN_MEAN_ACCURACY = 0.897


def main() -> None:
    """Runs the benchmark."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = f"{scratch}/data"
        for seed in SEEDS:
            output = Path(scratch, str(seed))
            _run(
                "local_runner.py", "--output", output, "--data-dir", data_dir, seed=seed
            )
            (evaluation,) = output.glob("artifacts/Evaluator/evaluation/*")
            printed = _run(
                "benchmarks/plain_keras.py", "--data-dir", data_dir, seed=seed
            )
            rows.append(
                {
                    "seed": seed,
                    "pipeline_accuracy": round(
                        EvaluationResults.read(str(evaluation)).accuracy, 4
                    ),
                    "plain_accuracy": json.loads(printed.splitlines()[-1])["accuracy"],
                }
            )
            print(rows[-1], flush=True)
    (ROOT / "benchmarks" / "seeds.json").write_text(json.dumps(rows, indent=2) + "\n")
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)
    accuracies = [row["pipeline_accuracy"] for row in rows]
    if min(accuracies) < MIN_ACCURACY or mean(accuracies) < MIN_MEAN_ACCURACY:
        sys.exit(
            f"Accuracy must be at least {MIN_ACCURACY} with each seed and "
            f"{MIN_MEAN_ACCURACY} in the mean; received {accuracies}."
        )


def _run(script: str, *arguments: object, seed: int) -> str:
    command = [sys.executable, script, *map(str, arguments), "--seed", str(seed)]
    result = subprocess.run(
        command,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return result.stdout


if __name__ == "__main__":
    main()
