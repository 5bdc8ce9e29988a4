"""Defines the preprocessing function, from which Transform makes its graph."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.transform.decoding import decode_images
from components.transform.resizing import scale_pixels

DESCRIPTION_KEY = "data_description"
"""Key of the data's description in the custom configuration."""


def preprocessing_fn(
    inputs: dict[str, tf.Tensor], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Decodes, resizes and scales the images, and returns the labels unchanged.

    For clients that send pixels, `components/trainer/export.py` repeats what is done
    here after the decoding. Change both together.

    Args:
        inputs: Features of the examples, each of shape (N, 1).
        custom_config: Holds the data's description.

    Returns:
        `image_xf`, float32 pixels in [0, 1] of shape (N, height, width,
        channels), and `label_xf`, int64 of shape (N,).
    """
    description = DataDescription.model_validate(custom_config[DESCRIPTION_KEY])
    encoded = tf.squeeze(inputs[features.IMAGE], axis=1)
    return {
        features.transformed_name(features.IMAGE): scale_pixels(
            decode_images(encoded, description)
        ),
        features.transformed_name(features.LABEL): tf.squeeze(
            inputs[features.LABEL], axis=1
        ),
    }
