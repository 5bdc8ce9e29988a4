"""All stages but the Trainer, against those of TFX's own MNIST example.

The example's module is the one that the installed TFX brings; only its images are
replaced, by Fashion-MNIST's, and Beam's engine, by the one that this project uses. It
runs as far as it runs: with the current TensorFlow its Trainer may fail.
"""

import itertools
import json
import tempfile
from pathlib import Path

from benchmarks.measure import DATA_NODES, ROUNDS, in_turns, row, run_nodes, time_python
from benchmarks.result_file import record
from pipeline.settings import Settings

GOAL = 3.0


def main(rounds: int = ROUNDS) -> None:
    """Runs the benchmark and records it."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(
            output=scratch, epochs=1, cache=False, min_accuracy=0, max_regression=1
        )
        runs = itertools.count()
        # Prepares the set, which is not what is compared.
        run_nodes(settings, "preparation", "TfdsExampleGen")
        example_data = Path(scratch, "tfx_example", "data")
        prepare = ("-m", "benchmarks.tfx_mnist", "prepare", example_data)
        time_python(*prepare, settings.prepared_data_dir)

        def ours() -> dict[str, float]:
            # Each on a new output: a model that came before would be measured too.
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

        def theirs() -> dict[str, float]:
            root = Path(scratch, "tfx_example", str(next(runs)))
            timing = time_python(
                "-m", "benchmarks.tfx_mnist", "run", example_data, root
            )
            seconds = json.loads(timing.output.splitlines()[-1])
            return {**seconds, "total_seconds": sum(seconds.values())}

        medians = in_turns({"pipeline": ours, "TFX's example": theirs}, rounds)
    ours_seconds, theirs_seconds = (
        {name: round(value, 1) for name, value in figures.items()}
        for figures in medians.values()
    )
    ratio = theirs_seconds["total_seconds"] / ours_seconds["total_seconds"]
    last = list(theirs_seconds)[-2]
    record(
        "data_stages",
        row(
            "ExampleGen to Evaluator, without the Trainer",
            f"TFX's MNIST example on the same images, up to its {last}",
            f"{GOAL:g} times faster",
            f"{ratio:.1f} times faster",
            ratio >= GOAL,
            pipeline_seconds=ours_seconds,
            tfx_example_seconds=theirs_seconds,
            rounds=rounds,
        ),
    )


if __name__ == "__main__":
    main()
