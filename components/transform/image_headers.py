"""Reads formats and sizes of images from their headers, in TensorFlow's graph."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from components.image_formats import BMP, BMP_BITS, BMP_BITS_AT, GIF, JPEG, PNG

_HEADER_BYTES = 30
# Where width and height stand. In PNG files, they are first in the data of a chunk,
# each a big-endian integer of 4 bytes. In GIF files, they follow the signature and the
# version, each a little-endian integer of 2 bytes
# (https://www.w3.org/Graphics/GIF/spec-gif89a.txt, section 18). In BMP files, they are
# in the BITMAPINFOHEADER after the file header of 14 bytes, each a little-endian
# integer of 4 bytes. A negative height means that rows run downwards.
_PNG_WIDTH, _PNG_HEIGHT = slice(16, 20), slice(20, 24)
_GIF_WIDTH, _GIF_HEIGHT = slice(6, 8), slice(8, 10)
_BMP_WIDTH, _BMP_HEIGHT = slice(18, 22), slice(22, 26)


class Headers(NamedTuple):
    """What the headers of images say.

    Attributes:
        sizes: Height and width in pixels, int64 of shape (N, 2), as they are stored:
            Exif's rotation isn't applied.
        is_png_or_jpeg: Whether it is such a file, bool of shape (N,).
        is_gif_or_bmp: The same; of BMP files, those without a palette.
    """

    sizes: tf.Tensor
    is_png_or_jpeg: tf.Tensor
    is_gif_or_bmp: tf.Tensor


def read_headers(encoded: tf.Tensor) -> Headers:
    """Reads the format and the size of images without decoding them.

    Args:
        encoded: Bytes of image files, string tensor of shape (N,).

    Returns:
        What the headers say. The size of other files has no meaning.
    """
    padding = tf.constant(b"\0" * _HEADER_BYTES)
    header = tf.io.decode_raw(
        tf.strings.substr(tf.strings.join([encoded, padding]), 0, _HEADER_BYTES),
        tf.uint8,
        fixed_length=_HEADER_BYTES,
    )
    is_png, is_jpeg, is_gif, is_bmp = (
        tf.reduce_all(header[:, : len(signature)] == tuple(signature), axis=1)
        for signature in (PNG, JPEG, GIF, BMP)
    )
    bmp_bits = _little_endian(header[:, BMP_BITS_AT])[:, tf.newaxis]
    is_bmp &= tf.reduce_any(bmp_bits == BMP_BITS, axis=1)
    png_sizes = _pair(
        _big_endian(header[:, _PNG_HEIGHT]), _big_endian(header[:, _PNG_WIDTH])
    )
    gif_sizes = _pair(
        _little_endian(header[:, _GIF_HEIGHT]), _little_endian(header[:, _GIF_WIDTH])
    )
    bmp_height = _little_endian(header[:, _BMP_HEIGHT])
    bmp_sizes = _pair(
        # The absolute value of a signed number, read as an unsigned one.
        tf.where(bmp_height >= 2**31, 2**32 - bmp_height, bmp_height),
        _little_endian(header[:, _BMP_WIDTH]),
    )
    sizes = tf.where(is_gif[:, tf.newaxis], gif_sizes, png_sizes)
    sizes = tf.where(is_bmp[:, tf.newaxis], bmp_sizes, sizes)
    sizes = tf.cond(
        tf.reduce_any(is_jpeg),
        lambda: tf.where(is_jpeg[:, tf.newaxis], _jpeg_sizes(encoded, is_jpeg), sizes),
        lambda: sizes,
    )
    return Headers(sizes, is_png | is_jpeg, is_gif | is_bmp)


def _pair(height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    return tf.stack([height, width], axis=1)


def _little_endian(digits: tf.Tensor) -> tf.Tensor:
    return _big_endian(tf.reverse(digits, [1]))


def _big_endian(digits: tf.Tensor) -> tf.Tensor:
    powers = reversed(range(digits.shape[1]))
    weights = tf.constant([256**power for power in powers], tf.int64)
    return tf.reduce_sum(tf.cast(digits, tf.int64) * weights, axis=1)


def _jpeg_sizes(encoded: tf.Tensor, is_jpeg: tf.Tensor) -> tf.Tensor:
    def size(element: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        contents, wanted = element
        return tf.cond(
            wanted,
            lambda: tf.io.extract_jpeg_shape(contents, tf.int64)[:2],
            lambda: tf.zeros([2], tf.int64),
        )

    return tf.map_fn(size, (encoded, is_jpeg), fn_output_signature=tf.int64)
