"""From encoded bytes to scaled pixels: the one place where it is done."""

import tensorflow as tf

from components import features


def decode_images(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes images of the one shape that the model takes.

    Args:
        encoded: PNG or JPEG bytes, string tensor of shape (N,).

    Returns:
        Pixels, uint8 tensor of shape (N, height, width, channels).

    Raises:
        tf.errors.InvalidArgumentError: When it runs, if bytes are no image or an
            image has another size.
    """

    def decode(element: tf.Tensor) -> tf.Tensor:
        pixels = tf.io.decode_image(
            element, channels=features.IMAGE_SHAPE[-1], expand_animations=False
        )
        return tf.ensure_shape(pixels, features.IMAGE_SHAPE)

    return tf.map_fn(decode, encoded, fn_output_signature=tf.uint8)


def scale_pixels(pixels: tf.Tensor) -> tf.Tensor:
    """Scales pixels to [0, 1].

    Args:
        pixels: uint8 tensor of any shape.

    Returns:
        float32 tensor of the same shape, each value divided by 255.
    """
    return tf.cast(pixels, tf.float32) / 255.0
