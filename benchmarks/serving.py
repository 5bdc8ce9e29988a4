"""Compares the exported model's signature with the Keras model, in one process."""

import tempfile
import time
from collections.abc import Callable, Sequence

import tensorflow as tf

from benchmarks.measure import DATA_NODES, in_turns, row, run_nodes
from benchmarks.result_file import record
from components.data_description import DataDescription
from components.served_model.signatures import INPUT_NAMES, PREDICT_IMAGES
from components.trainer.model import build_model
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import latest_output
from pipeline.settings import Settings

ROUNDS = 5
LATENCY_GOAL = 1.3
THROUGHPUT_GOAL = 0.9
LARGE_BATCH = 256
# Calls of each batch size. So a round takes a few seconds, and most calls are warm.
CALLS = {1: 1000, LARGE_BATCH: 20}


def main() -> None:
    """Runs the benchmark and records its two results."""
    with tempfile.TemporaryDirectory() as scratch:
        # A short training is enough, because the weights don't influence the speed.
        settings = Settings(output=scratch, max_examples=1000, epochs=1)
        run_nodes(settings, "1", *DATA_NODES, "Trainer")
        store = open_store(settings.metadata_address)
        model_uri = latest_output(store, "Trainer", "model").uri
        exported = tf.saved_model.load(f"{model_uri}/Format-Serving")
        examples_uri = latest_output(store, "ImageExampleGen", "examples").uri
        data = DataDescription.read(examples_uri)
    signature = exported.signatures[PREDICT_IMAGES]
    input_name = INPUT_NAMES[PREDICT_IMAGES]
    bare = tf.function(
        build_model(data.image_shape, len(data.class_names)),
        input_signature=[tf.TensorSpec([None, *data.image_shape], tf.float32)],
    )

    def ask_signature(pixels: tf.Tensor) -> object:
        return signature(**{input_name: pixels})["probabilities"].numpy()

    def ask_bare(pixels: tf.Tensor) -> object:
        return bare(pixels).numpy()

    medians = in_turns(
        {
            "signature": lambda: _measure_calls(
                ask_signature, data.client_shape, tf.uint8
            ),
            "bare": lambda: _measure_calls(ask_bare, data.image_shape, tf.float32),
        },
        ROUNDS,
    )
    latency = medians["signature"]["1"] / medians["bare"]["1"]
    large = str(LARGE_BATCH)
    throughput = medians["bare"][large] / medians["signature"][large]
    milliseconds = {
        f"{name}_milliseconds_batch_{size}": round(1000 * seconds, 3)
        for name, figures in medians.items()
        for size, seconds in figures.items()
    }
    record(
        "latency",
        row(
            "`predict_images`, one image",
            "the bare Keras model as a `tf.function`",
            f"{LATENCY_GOAL} times its time or less",
            f"{latency:.2f} times",
            latency <= LATENCY_GOAL,
            **milliseconds,
        ),
    )
    record(
        "throughput",
        row(
            f"`predict_images`, images per second in batches of {LARGE_BATCH}",
            "the bare Keras model as a `tf.function`",
            f"{THROUGHPUT_GOAL} of its rate or more",
            f"{throughput:.2f}",
            throughput >= THROUGHPUT_GOAL,
            **milliseconds,
        ),
    )


def _measure_calls(
    ask: Callable[[tf.Tensor], object], shape: Sequence[int], dtype: tf.DType
) -> dict[str, float]:
    """Returns the mean seconds of a call, by the number of images in it."""
    figures = {}
    for size, calls in CALLS.items():
        images = tf.zeros([size, *shape], dtype)
        ask(images)
        started = time.perf_counter()
        for _ in range(calls):
            ask(images)
        figures[str(size)] = (time.perf_counter() - started) / calls
    return figures


if __name__ == "__main__":
    main()
