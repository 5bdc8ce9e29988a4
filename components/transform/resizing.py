"""Gives pixels the size and the range that the network takes."""

from __future__ import annotations

import tensorflow as tf

from components.data_description import DataDescription


def fit_pixels(
    pixels: tf.Tensor,
    description: DataDescription,
    image_size: tf.Tensor | None = None,
) -> tf.Tensor:
    """Resizes pixels to the network's size.

    Args:
        pixels: uint8 tensor of shape ([N,] height, width, channels).
        description: The shape to give them, and how.
        image_size: Height and width of an image that was decoded smaller, int32 of
            shape (2,). None if the pixels are all that it has.

    Returns:
        uint8 tensor of the network's shape. Pixels of that shape stay as they are.
    """
    size = (description.height, description.width)
    resized = tf.cond(
        tf.reduce_all(tf.shape(pixels)[-3:-1] == size),
        lambda: pixels,
        lambda: _resize(pixels, size, description.resize, image_size),
    )
    return tf.ensure_shape(resized, [*pixels.shape[:-3], *description.image_shape])


def scale_pixels(pixels: tf.Tensor) -> tf.Tensor:
    """Scales pixels to [0, 1].

    Args:
        pixels: uint8 tensor of any shape.

    Returns:
        float32 tensor of the same shape, each value divided by 255.
    """
    return tf.cast(pixels, tf.float32) / 255.0


def _resize(
    pixels: tf.Tensor, size: tuple[int, int], how: str, image_size: tf.Tensor | None
) -> tf.Tensor:
    # tf.image's own functions for this contain assertions, for which tf.Transform would
    # read all examples. They also fail for an image that is very long and narrow.
    if how == "letterbox":
        # The proportions of an image that was decoded smaller are rounded.
        whole = tf.shape(pixels)[-3:-1] if image_size is None else image_size
        scaled = _resize_and_pad(pixels, size, whole)
    else:
        if how == "crop":
            pixels = _cut_to_proportions(pixels, size)
        scaled = tf.image.resize(pixels, size, antialias=True)
    return tf.cast(tf.round(scaled), tf.uint8)


def _resize_and_pad(
    pixels: tf.Tensor, size: tuple[int, int], image_size: tf.Tensor
) -> tf.Tensor:
    """Resizes so that the longer side fits, and adds even bars at the shorter one."""
    sides = tf.cast(image_size, tf.float32)
    scale = tf.reduce_min(tf.constant(size, tf.float32) / sides)
    scaled = tf.maximum(tf.cast(tf.round(sides * scale), tf.int32), 1)
    missing = tf.constant(size) - scaled
    bars = tf.stack([missing // 2, missing - missing // 2], axis=1)
    others = [[0, 0]] * (pixels.shape.rank - 3)
    return tf.pad(
        tf.image.resize(pixels, scaled, antialias=True),
        tf.concat([*([others] if others else []), bars, [[0, 0]]], axis=0),
    )


def _cut_to_proportions(pixels: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Cuts the longer side off evenly, before resizing, which takes less memory."""
    sides = tf.shape(pixels)[-3:-1]
    scale = tf.reduce_max(tf.constant(size, tf.float32) / tf.cast(sides, tf.float32))
    kept = tf.cast(tf.round(tf.constant(size, tf.float32) / scale), tf.int32)
    kept = tf.clip_by_value(kept, 1, sides)
    top, left = tf.unstack((sides - kept) // 2)
    height, width = tf.unstack(kept)
    return pixels[..., top : top + height, left : left + width, :]
