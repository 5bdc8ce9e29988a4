"""Defines the preprocessing function, from which Transform makes its graph."""

import tensorflow as tf

from components import features
from components.transform.decoding import decode_images, scale_pixels


def preprocessing_fn(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Decodes and scales the images, and returns the labels unchanged.

    For clients that send pixels, `components/trainer/export.py` repeats what is done
    here after the decoding. Change both together.

    Args:
        inputs: Features of the examples, each of shape (N, 1).

    Returns:
        `image_xf`, float32 pixels in [0, 1] of shape (N, height, width,
        channels), and `label_xf`, int64 of shape (N,).
    """
    return {
        features.transformed_name(features.IMAGE): scale_pixels(
            decode_images(tf.squeeze(inputs[features.IMAGE], axis=1))
        ),
        features.transformed_name(features.LABEL): tf.squeeze(
            inputs[features.LABEL], axis=1
        ),
    }
