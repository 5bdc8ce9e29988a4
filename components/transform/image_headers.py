"""Reads formats and sizes of images from their headers, in TensorFlow's graph."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

_HEADER_BYTES = 30
# Start-of-image marker and first byte of the next marker (ITU-T T.81, annex B).
_JPEG = b"\xff\xd8\xff"
# https://www.w3.org/TR/png-3/#5PNG-file-signature: after the signature comes a chunk
# whose data start with width and height, each a big-endian integer of 4 bytes.
_PNG = b"\x89PNG\r\n\x1a\n"
# https://www.w3.org/Graphics/GIF/spec-gif89a.txt, section 18: width and height, each a
# little-endian integer of 2 bytes, after the signature and the version.
_GIF = b"GIF8"
# A BITMAPINFOHEADER follows the file header of 14 bytes: width and height at 18, each a
# little-endian integer of 4 bytes. A negative height means that rows run downwards. The
# bits of a pixel are at 28: with 8 or fewer, TensorFlow takes places in the palette for
# shades of grey, or fails.
_BMP = b"BM"
_BMP_BITS = (24, 32)


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
        for signature in (_PNG, _JPEG, _GIF, _BMP)
    )
    bmp_bits = _little_endian(header[:, 28:30])[:, tf.newaxis]
    is_bmp &= tf.reduce_any(bmp_bits == _BMP_BITS, axis=1)
    png_sizes = _pair(_big_endian(header[:, 20:24]), _big_endian(header[:, 16:20]))
    gif_sizes = _pair(_little_endian(header[:, 8:10]), _little_endian(header[:, 6:8]))
    bmp_height = _little_endian(header[:, 22:26])
    bmp_sizes = _pair(
        # The absolute value of a signed number, read as an unsigned one.
        tf.where(bmp_height >= 2**31, 2**32 - bmp_height, bmp_height),
        _little_endian(header[:, 18:22]),
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
