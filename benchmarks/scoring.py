"""Compares `score` with the bare model, and its memory on more and fewer images."""

import math
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path

import tensorflow as tf

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
from components.data_description import DataDescription
from components.trainer.model import build_model
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import latest_output
from pipeline.settings import Settings

RATE_GOAL = 0.7
MEMORY_GOAL = 1.10
BATCH = 256
# Copies of the train split by which the rate is measured. Without them, the command's
# start takes longer than the work.
_COPIES = 3
# Calls of the bare model in a round, for as many images as the copies have.
_CALLS = math.ceil(_COPIES * 60_000 / BATCH)
_MIB = 2**20


def main() -> None:
    """Runs the benchmark and records its two results."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(output=f"{scratch}/model", max_examples=1000, epochs=1)
        # A short training is enough, because the weights don't influence the speed.
        run_nodes(settings, "1", *DATA_NODES, "Trainer")
        store = open_store(settings.metadata_address)
        model = f"{latest_output(store, 'Trainer', 'model').uri}/Format-Serving"
        whole = Settings(
            output=f"{scratch}/images", data_dir=settings.prepared_data_dir
        )
        run_nodes(whole, "1", "ImageExampleGen")
        store = open_store(whole.metadata_address)
        images = latest_output(store, "ImageExampleGen", "examples").uri
        copies = [Path(scratch, "copies", str(number)) for number in range(_COPIES)]
        for copy in copies:
            shutil.copytree(f"{images}/Split-train", copy)
        sets = {
            "10,000": [f"{images}/Split-test"],
            "70,000": [f"{images}/Split-test", f"{images}/Split-train"],
        }
        sets["250,000"] = [*sets["70,000"], *copies]
        data = DataDescription.read(images)
        bare = tf.function(
            build_model(data.image_shape, len(data.class_names)),
            input_signature=[tf.TensorSpec([None, *data.image_shape], tf.float32)],
        )
        batch = tf.zeros([BATCH, *data.image_shape], tf.float32)
        result = Path(scratch, "scores.parquet")

        def measure_bare() -> Figures:
            bare(batch).numpy()
            started = time.perf_counter()
            for _ in range(_CALLS):
                bare(batch).numpy()
            return {"seconds": time.perf_counter() - started}

        def measure_score(count: str) -> Figures:
            timing = time_python(
                "-m", "pipeline", "score", *sets[count], "--to", result,
                "--model", model, "--output", whole.output, "--no-drift",
            )  # fmt: skip
            return {"seconds": timing.seconds, "peak_bytes": timing.peak_bytes}

        medians = in_turns(
            {
                "bare": measure_bare,
                **{count: partial(measure_score, count) for count in sets},
            },
        )
    small, large, copied = (medians[count] for count in sets)
    bare_rate = _CALLS * BATCH / medians["bare"]["seconds"]
    score_rate = _COPIES * 60_000 / (copied["seconds"] - large["seconds"])
    record(
        "score_rate",
        row(
            "`score`, images per second beyond its start",
            f"the bare Keras model in batches of {BATCH}",
            f"{RATE_GOAL} of its rate or more",
            f"{score_rate / bare_rate:.2f}",
            score_rate >= RATE_GOAL * bare_rate,
            bare_images_per_second=round(bare_rate),
            score_images_per_second=round(score_rate),
            seconds_for_70000_images=round(large["seconds"], 1),
            seconds_for_250000_images=round(copied["seconds"], 1),
            rounds=ROUNDS,
        ),
    )
    growth = large["peak_bytes"] / small["peak_bytes"]
    record(
        "score_memory",
        row(
            "`score`, peak memory on 70,000 images",
            "that on 10,000 images",
            f"at most {MEMORY_GOAL - 1:.0%} more",
            f"{growth - 1:+.1%}",
            growth <= MEMORY_GOAL,
            mebibytes_for_10000_images=round(small["peak_bytes"] / _MIB),
            mebibytes_for_70000_images=round(large["peak_bytes"] / _MIB),
            rounds=ROUNDS,
        ),
    )


if __name__ == "__main__":
    main()
