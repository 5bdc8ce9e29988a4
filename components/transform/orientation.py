"""Turns images upright as their Exif data ask for, in TensorFlow's graph."""

from __future__ import annotations

import tensorflow as tf

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
# With these orientations and higher ones, height and width are exchanged.
_TURNED_FROM = 5


def read_orientation(encoded: tf.Tensor) -> tf.Tensor:
    """Reads how an image is stored.

    Args:
        encoded: Bytes of an image file, string of shape ().

    Returns:
        The value of Exif's tag Orientation, 1 to 8, int32 of shape (); 1, for an
        upright image, if there is none.
    """
    head = tf.strings.substr(encoded, 0, _EXIF_BYTES)
    found = tf.strings.regex_replace(head, _ORIENTATION, r"\1", replace_global=False)
    return tf.cond(
        tf.strings.length(found) == 1,
        lambda: tf.cast(tf.io.decode_raw(found, tf.uint8)[0], tf.int32),
        lambda: tf.constant(1),
    )


def turn_upright(pixels: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Rotates and mirrors pixels.

    Args:
        pixels: Pixels as they are stored, of shape (height, width, channels).
        orientation: What `read_orientation` returns.

    Returns:
        The pixels as they are to be shown.
    """
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


def turn_size(size: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Exchanges height and width if an image is stored on its side.

    Args:
        size: Height and width as they are stored, of shape (2,).
        orientation: What `read_orientation` returns.

    Returns:
        Height and width of the image as it is shown.
    """
    return tf.where(orientation < _TURNED_FROM, size, tf.reverse(size, [0]))
