"""Decodes images. No other module of the model does this."""

from __future__ import annotations

import functools
from typing import NamedTuple

import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.image_formats import JPEG, MAX_PIXELS
from components.transform.image_headers import read_headers
from components.transform.orientation import (
    read_orientation,
    turn_size,
    turn_upright,
)
from components.transform.resizing import fit_pixels

# Images in a step of the graph's loop. For a small image, a step of its own takes as
# long as the decoding.
_GROUP = 16
# How many times smaller TensorFlow can decode a JPEG file, in height and in width.
_RATIOS = (2, 4, 8)
# A side that is decoded smaller still has so many pixels for one of the network's. With
# fewer, what the resizing makes of them differs from what it makes of the whole file.
_LEFT_PIXELS = 2


class FittingPixels(NamedTuple):
    """An image with at least the pixels that the network's image is made of.

    Attributes:
        pixels: uint8 of shape (height, width, channels).
        size: Height and width of the whole image as it is shown, int32 of shape (2,).
    """

    pixels: tf.Tensor
    size: tf.Tensor


def check_images(encoded: tf.Tensor, description: DataDescription) -> tf.Tensor:
    """Checks images from clients before they are decoded.

    It reads the size from the header of each image. So an image that claims to be huge
    is refused before memory is allocated for it.

    The preprocessing function must not call it: tf.Transform would treat the assertions
    as something to analyse, and read all examples.

    Args:
        encoded: Bytes of image files, string tensor of shape (N,).
        description: What the images must be.

    Returns:
        The same tensor.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if something isn't an
            image, or an image is too large, or has another size and isn't resized.
    """
    headers = read_headers(encoded)
    sizes = headers.sizes
    if description.resize == "none":
        formats, known = "PNG or JPEG", headers.is_png_or_jpeg
        height, width = description.height, description.width
        fits = tf.reduce_all(sizes == (height, width), axis=1)
        wanted = f"An image must be {height} pixels high and {width} wide; received"
    else:
        formats = "PNG, JPEG, GIF or BMP"
        known = headers.is_png_or_jpeg | headers.is_gif_or_bmp
        pixels = tf.reduce_prod(tf.cast(sizes, tf.float64), axis=1)
        fits = (pixels > 0) & (pixels <= MAX_PIXELS)
        wanted = f"An image must have 1 to {MAX_PIXELS} pixels; received the size"
    is_image = tf.debugging.Assert(
        tf.reduce_all(known),
        [
            f"An image must be {formats} bytes; received something else at index",
            tf.squeeze(tf.where(~known), axis=1),
        ],
    )
    with tf.control_dependencies([is_image]):
        # The size of something else has no meaning, so it is looked at second.
        has_size = tf.debugging.Assert(
            tf.reduce_all(fits), [wanted, tf.boolean_mask(sizes, ~fits)]
        )
    with tf.control_dependencies([has_size]):
        return tf.identity(encoded)


def decode_images(encoded: tf.Tensor, description: DataDescription) -> tf.Tensor:
    """Decodes images, and resizes them as the description says.

    Args:
        encoded: Bytes of image files, string tensor of shape (N,).
        description: The shape to give them.

    Returns:
        Pixels, uint8 tensor of shape (N, height, width, channels).

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if something isn't an
            image, or has another size and isn't resized.
    """
    if description.resize == "none":
        return _decode_strictly(encoded, description)

    def decode(element: tf.Tensor) -> tf.Tensor:
        pixels, size = decode_for_network(element, description)
        return fit_pixels(pixels, description, size)

    return tf.map_fn(decode, encoded, fn_output_signature=tf.uint8)


def decode_image(encoded: tf.Tensor, channels: int) -> tf.Tensor:
    """Decodes an image as a viewer shows it: rotated, and without transparency.

    Args:
        encoded: Bytes of a PNG, JPEG, GIF or BMP file, string of shape ().
        channels: 1 for grey pixels, 3 for colour.

    Returns:
        Pixels, uint8 of shape (height, width, channels). Of a GIF, the first frame.
    """
    return _show(_decode_whole(encoded), read_orientation(encoded), channels)


def decode_for_network(
    encoded: tf.Tensor, description: DataDescription
) -> FittingPixels:
    """Decodes an image like `decode_image`, but large JPEG files smaller.

    A JPEG file much larger than the network's images is decoded in a half, a quarter or
    an eighth of its height and width. Each pixel is about the mean of those that it
    replaces. That takes less time and memory. Both sides keep at least twice the pixels
    of the network's longer side.

    Args:
        encoded: Bytes of a PNG, JPEG, GIF or BMP file, string of shape ().
        description: The shape that the pixels will be given.

    Returns:
        The pixels, and the size of the whole image.
    """
    is_jpeg = tf.strings.substr(encoded, 0, len(JPEG)) == JPEG
    jpeg_size = tf.cond(
        is_jpeg,
        lambda: tf.io.extract_jpeg_shape(encoded)[:2],
        lambda: tf.zeros([2], tf.int32),
    )
    least = _LEFT_PIXELS * max(description.height, description.width)
    fitting = tf.reduce_min(jpeg_size) >= least * tf.constant(_RATIOS)
    pixels = tf.switch_case(
        tf.reduce_sum(tf.cast(fitting, tf.int32)),
        [functools.partial(_decode_whole, encoded)]
        + [
            functools.partial(_decode_smaller, encoded, jpeg_size, ratio)
            for ratio in _RATIOS
        ],
    )
    size = tf.where(is_jpeg, jpeg_size, tf.shape(pixels)[:2])
    orientation = read_orientation(encoded)
    return FittingPixels(
        _show(pixels, orientation, description.channels),
        turn_size(size, orientation),
    )


def _decode_strictly(encoded: tf.Tensor, description: DataDescription) -> tf.Tensor:
    def decode(element: tf.Tensor) -> tf.Tensor:
        pixels = tf.io.decode_image(
            element, channels=description.channels, expand_animations=False
        )
        return tf.ensure_shape(pixels, description.image_shape)

    def decode_group(group: tf.Tensor) -> tf.Tensor:
        return tf.stack([decode(element) for element in tf.unstack(group)])

    grouped = tf.size(encoded) // _GROUP * _GROUP
    groups = tf.map_fn(
        decode_group,
        tf.reshape(encoded[:grouped], [-1, _GROUP]),
        fn_output_signature=tf.uint8,
    )
    rest = tf.map_fn(decode, encoded[grouped:], fn_output_signature=tf.uint8)
    # Where there are no images, a loop outside a graph doesn't know their shape.
    shape = [-1, *description.image_shape]
    return tf.concat([tf.reshape(part, shape) for part in (groups, rest)], axis=0)


def _decode_whole(encoded: tf.Tensor) -> tf.Tensor:
    # TensorFlow reads all formats in colour, but not all of them in grey.
    return tf.io.decode_image(encoded, channels=3, expand_animations=False)


def _decode_smaller(encoded: tf.Tensor, size: tf.Tensor, ratio: int) -> tf.Tensor:
    pixels = tf.io.decode_jpeg(encoded, channels=3, ratio=ratio)
    # Sides that can't be divided are rounded up, to a pixel that shows mostly nothing.
    height, width = tf.unstack((size + ratio // 2) // ratio)
    return pixels[:height, :width]


def _show(pixels: tf.Tensor, orientation: tf.Tensor, channels: int) -> tf.Tensor:
    """Turns pixels upright, and makes them grey if one channel is wanted."""
    pixels = turn_upright(pixels, orientation)
    if channels == 1:
        # Exact where red, green and blue are equal: the weights add up to 1.
        grey = tf.tensordot(tf.cast(pixels, tf.float32), features.LUMA, 1)[
            ..., tf.newaxis
        ]
        pixels = tf.cast(tf.round(grey), tf.uint8)
    return pixels
