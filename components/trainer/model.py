"""Builds the network. It doesn't depend on TFX, files or the pipeline."""

import keras
from keras import layers

from components import features


def build_model(learning_rate: float) -> keras.Model:
    """Builds and compiles the convolutional classifier.

    Args:
        learning_rate: Step size of Adam.

    Returns:
        A compiled model from scaled pixels, float32 of shape (N, height, width,
        channels), to class probabilities, float32 of shape (N, classes).
    """
    model = keras.Sequential(
        [
            keras.Input(shape=features.IMAGE_SHAPE),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            # In float32 even with mixed precision, so that probabilities add up to 1.
            layers.Dense(
                len(features.CLASS_NAMES), activation="softmax", dtype="float32"
            ),
        ],
        name="fashion_mnist",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
