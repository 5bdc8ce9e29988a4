"""Converts image files that a served model can't decode."""

import io

import numpy as np
from PIL import Image

from components.image_files.reading import read_orientation, turn_upright
from components.image_formats import (
    BMP,
    BMP_BITS,
    BMP_BITS_AT,
    GIF,
    JPEG,
    PILLOW_FORMATS,
    PNG,
)

_GREY_MODES = ("1", "L", "LA")


def to_decodable(data: bytes, is_resized: bool = True) -> bytes:
    """Converts an image to PNG, unless a served model can decode it as it is.

    Args:
        data: Bytes of an image file.
        is_resized: Whether the model resizes images. One that doesn't takes only PNG
            and JPEG files, and doesn't turn them as Exif says.

    Returns:
        The same bytes if the model decodes them; else those of a PNG file with the same
        pixels.

    Raises:
        ValueError: If it is something else.
    """
    is_png_or_jpeg = data.startswith((PNG, JPEG))
    if is_resized and (is_png_or_jpeg or _is_simple(data)):
        return data
    # Looking for these bytes takes less time than opening the file.
    if is_png_or_jpeg and b"Exif" not in data and b"eXIf" not in data:
        return data
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    if not (is_webp or is_png_or_jpeg or data.startswith((GIF, BMP))):
        raise ValueError("it is no PNG, JPEG, GIF, BMP or WebP file")
    png = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=PILLOW_FORMATS) as image:
        if is_png_or_jpeg and read_orientation(image) == 1:
            return data
        # The new file has no Exif data, so the pixels are rotated. The first level is
        # fast, and the pixels are the same with every level.
        as_shown(image).save(png, "PNG", compress_level=1)
    return png.getvalue()


def as_shown(stored: Image.Image) -> Image.Image:
    """Returns an image rotated as Exif says, without transparency, in mode L or RGB."""
    image = turn_upright(stored)
    if image.mode.startswith("I"):
        # Pillow would clip the 16 bits; the model's graph takes the upper 8 of them.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("L" if image.mode in _GREY_MODES else "RGB")


def _is_simple(data: bytes) -> bool:
    """Tells whether it is a GIF or BMP file that TensorFlow Serving 2.19 decodes."""
    if data.startswith(BMP):
        # It decodes none with a palette.
        return int.from_bytes(data[BMP_BITS_AT], "little") in BMP_BITS
    return data.startswith(GIF)
