"""What the served model is asked, and how a request is made of images.

| signature | input | dtype, shape |
|---|---|---|
| `serving_default` | `examples`, serialized tf.Examples with the feature `image` | string, (N,) |
| `predict_images` | `images`, raw pixels | uint8, (N, height, width[, 3 in colour]) |
| `predict_png` | `png`, PNG or JPEG bytes | string, (N,) |

Each answers `probabilities`, float32 of shape (N, classes), `class_id`, int64 of
shape (N,), and `class_name`, string of shape (N,).
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

INPUT_NAMES = {
    SERVING_DEFAULT: "examples",
    PREDICT_IMAGES: "images",
    PREDICT_PNG: "png",
}
"""Name of the one input of each signature."""

CLIENT_SHAPE = (
    features.IMAGE_SHAPE[:2] if features.IMAGE_SHAPE[-1] == 1 else features.IMAGE_SHAPE
)
"""Shape of an image's pixels in a request: a grey one has no axis of channels."""


def make_inputs(signature: str, images: Sequence[bytes]) -> np.ndarray:
    """Makes the input of a request.

    Args:
        signature: One of `INPUT_NAMES`.
        images: PNG or JPEG bytes of images of the model's shape.

    Returns:
        uint8 array of shape (N, height, width[, channels]) for `predict_images`,
        object array of bytes of shape (N,) otherwise.
    """
    # Imported late: the command line's help needs the names alone.
    import numpy as np
    from PIL import Image

    if signature == PREDICT_IMAGES:
        return np.stack([np.asarray(Image.open(io.BytesIO(image))) for image in images])
    if signature == SERVING_DEFAULT:
        images = [_serialized_example(image) for image in images]
    return np.array(images, dtype=object)


def _serialized_example(image: bytes) -> bytes:
    # Imported later still: the other signatures need no TensorFlow in the client.
    import tensorflow as tf

    example = tf.train.Example()
    example.features.feature[features.IMAGE].bytes_list.value.append(image)
    return example.SerializeToString()
