"""Compares all stages but the Trainer with those of TFX's own MNIST example.

The example comes with the installed TFX. Only its images are replaced, by those of
Fashion-MNIST, and Beam's engine, by the one that this project uses. Its Trainer may
fail with the current TensorFlow. Then only the stages before it are compared.
"""

import itertools
import tempfile
from pathlib import Path

from benchmarks.measure import (
    DATA_NODES,
    ROUNDS,
    in_turns,
    last_json,
    row,
    run_nodes,
    time_python,
)
from benchmarks.result_file import record
from pipeline.settings import Settings

GOAL = 5


def main() -> None:
    """Runs the benchmark and records its result."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(
            output=scratch, epochs=1, cache=False, min_accuracy=0, max_regression=1
        )
        runs = itertools.count()
        # Prepares the data set, which is not part of the comparison.
        run_nodes(settings, "preparation", "ImageExampleGen")
        example_data = Path(scratch, "tfx_example", "data")
        prepare = ("-m", "benchmarks.tfx_mnist", "prepare", example_data)
        time_python(*prepare, settings.prepared_data_dir)

        def run_pipeline() -> dict[str, float]:
            # In a new output folder, so that there is no baseline model to evaluate.
            run_id = str(next(runs))
            fresh = settings.model_copy(
                update={
                    "output": f"{scratch}/{run_id}",
                    "data_dir": settings.prepared_data_dir,
                }
            )
            figures = run_nodes(
                fresh, run_id,
                *DATA_NODES, "Trainer", "LatestBlessedModel", "Evaluator",
            )  # fmt: skip
            seconds = {name: each["seconds"] for name, each in figures.items()}
            del seconds["Trainer"]
            return {**seconds, "total_seconds": sum(seconds.values())}

        def run_example() -> dict[str, float]:
            root = Path(scratch, "tfx_example", str(next(runs)))
            seconds = last_json("-m", "benchmarks.tfx_mnist", "run", example_data, root)
            return {**seconds, "total_seconds": sum(seconds.values())}

        medians = in_turns({"pipeline": run_pipeline, "TFX's example": run_example})
    pipeline_seconds, example_seconds = (
        {name: round(value, 1) for name, value in figures.items()}
        for figures in medians.values()
    )
    ratio = example_seconds["total_seconds"] / pipeline_seconds["total_seconds"]
    last = list(example_seconds)[-2]
    record(
        "data_stages",
        row(
            "ExampleGen to Evaluator, without the Trainer",
            f"TFX's MNIST example on the same images, up to its {last}",
            f"{GOAL:g} times faster",
            f"{ratio:.1f} times faster",
            ratio >= GOAL,
            pipeline_seconds=pipeline_seconds,
            tfx_example_seconds=example_seconds,
            rounds=ROUNDS,
        ),
    )


if __name__ == "__main__":
    main()
