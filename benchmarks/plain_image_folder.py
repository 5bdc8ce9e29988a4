"""Trains the same network on image files in folders, in a plain Keras script.

It prints one JSON line: the test accuracy, and the seconds of `fit`.
"""

import argparse
import json
import time
from pathlib import Path

import keras

from components.trainer.model import build_model
from pipeline.settings import Settings


def main() -> None:
    """Reads the files again in each epoch, as Keras's own examples do."""
    defaults = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="Has train/ and test/.")
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(defaults.seed)
    train, test = (
        keras.utils.image_dataset_from_directory(
            arguments.folder / split,
            batch_size=defaults.batch_size,
            image_size=(arguments.side, arguments.side),
            shuffle=split == "train",
            seed=defaults.seed,
            verbose=False,
        )
        for split in ("train", "test")
    )
    model = keras.Sequential(
        [
            keras.layers.Rescaling(1 / 255),
            build_model((arguments.side, arguments.side, 3), len(train.class_names)),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(defaults.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    started = time.perf_counter()
    history = model.fit(train, epochs=arguments.epochs, validation_data=test, verbose=0)
    seconds = time.perf_counter() - started
    accuracy = history.history["val_accuracy"][-1]
    print(
        json.dumps({"accuracy": round(accuracy, 4), "fit_seconds": round(seconds, 2)})
    )


if __name__ == "__main__":
    main()
