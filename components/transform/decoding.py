"""Decodes, resizes and scales images. No other module does this."""

from __future__ import annotations

import functools

import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.image_formats import MAX_PIXELS
from components.transform.image_headers import read_headers

# In files with Exif data, the value of the tag Orientation, 1 to 8, in either order of
# bytes (https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, sections 4.5 and 4.6.4).
# RE2's \C is any byte.
_ORIENTATION = (
    r"(?s)^(?:\C{2}\C{0,64}?Exif\x00\x00|\CPNG\C*?eXIf)(?:"
    r"II\*\x00\C*?\x12\x01\x03\x00\x01\x00\x00\x00|"
    r"MM\x00\*\C*?\x01\x12\x00\x03\x00\x00\x00\x01\x00"
    r")([\x01-\x08])\C*$"
)
# A segment of a JPEG file has at most 65,535 bytes, and Exif's is the first or second.
# Programs write the chunk eXIf of a PNG file before the pixels.
_EXIF_BYTES = 2**17


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

    def decode(element: tf.Tensor) -> tf.Tensor:
        return fit_pixels(decode_image(element, description.channels), description)

    if description.resize == "none":
        decode = functools.partial(_decode_strictly, description)
    return tf.map_fn(decode, encoded, fn_output_signature=tf.uint8)


def decode_image(encoded: tf.Tensor, channels: int) -> tf.Tensor:
    """Decodes an image as a viewer shows it: rotated, and without transparency.

    Args:
        encoded: Bytes of a PNG, JPEG, GIF or BMP file, string of shape ().
        channels: 1 for grey pixels, 3 for colour.

    Returns:
        Pixels, uint8 of shape (height, width, channels). Of a GIF, the first frame.
    """
    # TensorFlow reads all formats in colour, but not all of them in grey.
    pixels = tf.io.decode_image(encoded, channels=3, expand_animations=False)
    pixels = _rotate(pixels, encoded)
    if channels == 1:
        # Exact where red, green and blue are equal: the weights add up to 1.
        grey = tf.tensordot(tf.cast(pixels, tf.float32), features.LUMA, 1)[
            ..., tf.newaxis
        ]
        pixels = tf.cast(tf.round(grey), tf.uint8)
    return pixels


def fit_pixels(pixels: tf.Tensor, description: DataDescription) -> tf.Tensor:
    """Resizes pixels to the network's size.

    Args:
        pixels: uint8 tensor of shape ([N,] height, width, channels).
        description: The shape to give them, and how.

    Returns:
        uint8 tensor of the network's shape. Pixels of that shape stay as they are.
    """
    size = (description.height, description.width)
    resized = tf.cond(
        tf.reduce_all(tf.shape(pixels)[-3:-1] == size),
        lambda: pixels,
        lambda: _resize(pixels, size, description.resize),
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


def _decode_strictly(description: DataDescription, encoded: tf.Tensor) -> tf.Tensor:
    pixels = tf.io.decode_image(
        encoded, channels=description.channels, expand_animations=False
    )
    return tf.ensure_shape(pixels, description.image_shape)


def _rotate(pixels: tf.Tensor, encoded: tf.Tensor) -> tf.Tensor:
    """Rotates and mirrors pixels as the image's Exif data ask for."""
    head = tf.strings.substr(encoded, 0, _EXIF_BYTES)
    found = tf.strings.regex_replace(head, _ORIENTATION, r"\1", replace_global=False)
    orientation = tf.cond(
        tf.strings.length(found) == 1,
        lambda: tf.cast(tf.io.decode_raw(found, tf.uint8)[0], tf.int32),
        lambda: tf.constant(1),
    )
    # Orientation n: how the stored image has to be changed to be shown upright.
    upright = [
        lambda: pixels,
        lambda: tf.reverse(pixels, [1]),
        lambda: tf.reverse(pixels, [0, 1]),
        lambda: tf.reverse(pixels, [0]),
        lambda: tf.transpose(pixels, [1, 0, 2]),
        lambda: tf.reverse(tf.transpose(pixels, [1, 0, 2]), [1]),
        lambda: tf.reverse(tf.transpose(pixels, [1, 0, 2]), [0, 1]),
        lambda: tf.reverse(tf.transpose(pixels, [1, 0, 2]), [0]),
    ]
    return tf.switch_case(orientation - 1, upright)


def _resize(pixels: tf.Tensor, size: tuple[int, int], how: str) -> tf.Tensor:
    # tf.image's own functions for this contain assertions, for which tf.Transform would
    # read all examples. They also fail for an image that is very long and narrow.
    if how == "letterbox":
        scaled = _resize_and_pad(pixels, size)
    else:
        if how == "crop":
            pixels = _cut_to_proportions(pixels, size)
        scaled = tf.image.resize(pixels, size, antialias=True)
    return tf.cast(tf.round(scaled), tf.uint8)


def _resize_and_pad(pixels: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resizes so that the longer side fits, and adds even bars at the shorter one."""
    sides = tf.cast(tf.shape(pixels)[-3:-1], tf.float32)
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
