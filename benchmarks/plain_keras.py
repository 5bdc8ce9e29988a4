"""Trains the same network on the same data as the pipeline, in a plain script.

It prints one JSON line: the test accuracy, and the seconds of `fit`.
"""

import argparse
import json
import time

import keras
import numpy as np

from benchmarks.fashion_arrays import read_fashion_arrays
from components.trainer.model import build_model
from pipeline.settings import Settings


def main() -> None:
    """Trains with NumPy arrays in memory, as most notebooks do."""
    defaults = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--data-dir", default=str(defaults.prepared_data_dir))
    arguments = parser.parse_args()

    arrays = read_fashion_arrays(arguments.data_dir)
    train_images, test_images = (
        arrays[f"{split}_images"].astype(np.float32) / 255
        for split in ("train", "test")
    )
    keras.utils.set_random_seed(arguments.seed)
    model = build_model(train_images.shape[1:], len(arrays["class_names"]))
    model.compile(
        optimizer=keras.optimizers.Adam(defaults.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    started = time.perf_counter()
    history = model.fit(
        train_images,
        arrays["train_labels"],
        batch_size=defaults.batch_size,
        epochs=arguments.epochs,
        validation_data=(test_images, arrays["test_labels"]),
        verbose=0,
    )
    seconds = time.perf_counter() - started
    accuracy = history.history["val_accuracy"][-1]
    print(
        json.dumps({"accuracy": round(accuracy, 4), "fit_seconds": round(seconds, 2)})
    )


if __name__ == "__main__":
    main()
