"""Defines the requests of the served model, and makes their inputs from images.

| signature | input | dtype, shape |
|---|---|---|
| `serving_default` | `examples`, serialized tf.Examples with the feature `image` | string, (N,) |
| `predict_images` | `images`, raw pixels | uint8, (N, height, width[, 3 in colour]) |
| `predict_png` | `png`, PNG or JPEG bytes | string, (N,) |

Each returns `probabilities`, float32 of shape (N, classes), `class_id`, int64 of
shape (N,), and `class_name`, string of shape (N,).

A model that resizes images takes any height and width, and GIF and BMP bytes too. The
signature `class_names` gives the name of each class: its input is `class_ids`, int64 of
shape (K,), and its output `class_name`, string of shape (K,).
"""  # noqa: E501

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from components import features

if TYPE_CHECKING:
    import numpy as np

SERVING_DEFAULT = "serving_default"
PREDICT_IMAGES = "predict_images"
PREDICT_PNG = "predict_png"
CLASS_NAMES = "class_names"

INPUT_NAMES = {
    SERVING_DEFAULT: "examples",
    PREDICT_IMAGES: "images",
    PREDICT_PNG: "png",
}
"""Input of each signature that classifies images; every one has one input."""

CLASS_IDS = "class_ids"
"""Input of the signature `class_names`."""


def make_inputs(signature: str, images: Sequence[bytes]) -> np.ndarray:
    """Makes the input of a request.

    Args:
        signature: One of `INPUT_NAMES`.
        images: Bytes of image files; for `predict_images`, all of the same shape.

    Returns:
        A uint8 array of shape (N, height, width[, channels]) for `predict_images`, and
        an object array of bytes of shape (N,) for the others.
    """
    # Imported late, because the help of the command line needs only the names.
    import numpy as np
    from PIL import Image

    if signature == PREDICT_IMAGES:
        return np.stack([np.asarray(Image.open(io.BytesIO(image))) for image in images])
    if signature == SERVING_DEFAULT:
        images = [_serialized_example(image) for image in images]
    return np.array(images, dtype=object)


def _serialized_example(image: bytes) -> bytes:
    # Imported here, because the other signatures need no TensorFlow in the client.
    import tensorflow as tf

    example = tf.train.Example()
    example.features.feature[features.IMAGE].bytes_list.value.append(image)
    return example.SerializeToString()
