"""Builds the given network. It doesn't depend on TFX, files or the pipeline."""

import keras
from keras import layers

from components.errors import InputError

# Of a smaller image, the two poolings leave nothing for the last convolution.
_SMALLEST_SIDE = 18
# The dense layer's weights and Adam's two moments then need 600 MB.
_MOST_WEIGHTS = 50_000_000
_DENSE_UNITS = 64


def build_model(image_shape: tuple[int, int, int], class_count: int) -> keras.Model:
    """Builds the convolutional classifier.

    Args:
        image_shape: Height, width and channels of an image.
        class_count: Number of classes.

    Returns:
        A model from scaled pixels, float32 of shape (N, height, width, channels), to
        class probabilities, float32 of shape (N, classes). It isn't compiled yet.

    Raises:
        InputError: If the images are too small or too large for this network.
    """
    _check_size(*image_shape[:2])
    return keras.Sequential(
        [
            keras.Input(shape=image_shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(_DENSE_UNITS, activation="relu"),
            # In float32 even with mixed precision, so that probabilities add up to 1.
            layers.Dense(class_count, activation="softmax", dtype="float32"),
        ],
        name="classifier",
    )


def _check_size(height: int, width: int) -> None:
    if min(height, width) < _SMALLEST_SIDE:
        raise InputError(
            f"The images must be at least {_SMALLEST_SIDE} x {_SMALLEST_SIDE} pixels "
            f"for the given network; they are {height} x {width}; set --image-size, or "
            f"your own --network."
        )
    # Each convolution takes 2 pixels off a side, and each pooling halves it.
    rows, columns = (((side - 2) // 2 - 2) // 2 - 2 for side in (height, width))
    weights = rows * columns * 64 * _DENSE_UNITS
    if weights > _MOST_WEIGHTS:
        raise InputError(
            f"The images must be small enough for the given network; for {height} x "
            f"{width} pixels its dense layer would have {weights:,} weights, more than "
            f"{_MOST_WEIGHTS:,}; set a smaller --image-size, or your own --network."
        )
