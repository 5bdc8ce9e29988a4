"""Decodes and scales images. No other module does this."""

import tensorflow as tf

from components import features

_HEIGHT, _WIDTH, _CHANNELS = features.IMAGE_SHAPE

# https://www.w3.org/TR/png-3/#5PNG-file-signature: after the signature comes a chunk
# whose data start with width and height, each a big-endian integer of 4 bytes.
_PNG_SIGNATURE = tuple(b"\x89PNG\r\n\x1a\n")
_PNG_WIDTH = slice(16, 20)
_PNG_HEIGHT = slice(20, 24)
_HEADER_BYTES = 24
# Start-of-image marker and first byte of the next marker (ITU-T T.81, annex B).
_JPEG_SIGNATURE = (0xFF, 0xD8, 0xFF)


def check_images(encoded: tf.Tensor) -> tf.Tensor:
    """Checks images from clients before they are decoded.

    It reads the size from the header of each image. So an image that claims to be huge
    is refused before memory is allocated for it.

    The preprocessing function must not call it: tf.Transform would treat the assertions
    as something to analyse, and read all examples.

    Args:
        encoded: PNG or JPEG bytes, string tensor of shape (N,).

    Returns:
        The same tensor.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if something isn't an image
            or an image has another size.
    """
    with tf.control_dependencies(_assertions(encoded)):
        return tf.identity(encoded)


def decode_images(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes images, which must have the shape that the model takes.

    Args:
        encoded: PNG or JPEG bytes, string tensor of shape (N,).

    Returns:
        Pixels, uint8 tensor of shape (N, height, width, channels).

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if something isn't an image
            or an image has another size.
    """

    def decode(element: tf.Tensor) -> tf.Tensor:
        pixels = tf.io.decode_image(
            element, channels=_CHANNELS, expand_animations=False
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


def _assertions(encoded: tf.Tensor) -> list[tf.Operation]:
    padding = tf.constant(b"\0" * _HEADER_BYTES)
    header = tf.io.decode_raw(
        tf.strings.substr(tf.strings.join([encoded, padding]), 0, _HEADER_BYTES),
        tf.uint8,
        fixed_length=_HEADER_BYTES,
    )
    is_png = tf.reduce_all(header[:, :8] == _PNG_SIGNATURE, axis=1)
    is_jpeg = tf.reduce_all(header[:, :3] == _JPEG_SIGNATURE, axis=1)
    known = tf.debugging.Assert(
        tf.reduce_all(is_png | is_jpeg),
        [
            "An image must be PNG or JPEG bytes; received something else at index",
            tf.squeeze(tf.where(~(is_png | is_jpeg)), axis=1),
        ],
    )
    png_sizes = tf.stack(
        [_big_endian(header[:, _PNG_HEIGHT]), _big_endian(header[:, _PNG_WIDTH])],
        axis=1,
    )
    with tf.control_dependencies([known]):
        sizes = tf.cond(
            tf.reduce_any(is_jpeg),
            lambda: tf.where(
                is_jpeg[:, tf.newaxis], _jpeg_sizes(encoded, is_jpeg), png_sizes
            ),
            lambda: png_sizes,
        )
    fits = tf.reduce_all(sizes == (_HEIGHT, _WIDTH), axis=1)
    return [
        tf.debugging.Assert(
            tf.reduce_all(fits),
            [
                f"An image must be {_HEIGHT} pixels high and {_WIDTH} wide; received",
                tf.boolean_mask(sizes, ~fits),
            ],
        )
    ]


def _big_endian(four_bytes: tf.Tensor) -> tf.Tensor:
    weights = tf.constant([2**24, 2**16, 2**8, 1], tf.int64)
    return tf.reduce_sum(tf.cast(four_bytes, tf.int64) * weights, axis=1)


def _jpeg_sizes(encoded: tf.Tensor, is_jpeg: tf.Tensor) -> tf.Tensor:
    def size(element: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        contents, wanted = element
        return tf.cond(
            wanted,
            lambda: tf.io.extract_jpeg_shape(contents, tf.int64)[:2],
            lambda: tf.zeros([2], tf.int64),
        )

    return tf.map_fn(size, (encoded, is_jpeg), fn_output_signature=tf.int64)
