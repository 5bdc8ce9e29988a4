"""Converts image files that a served model can't decode."""

import io

from PIL import Image

from components.image_files.reading import turn_upright
from components.image_formats import BMP, GIF, JPEG, PNG

# What every model decodes. One that doesn't resize takes no GIF and BMP files.
_DECODED = (PNG, JPEG)


def to_decodable(data: bytes) -> bytes:
    """Converts an image to PNG, unless it is a PNG or JPEG file.

    Args:
        data: Bytes of an image file.

    Returns:
        The same bytes for PNG and JPEG files; for GIF, BMP and WebP, those of a PNG
        file with the pixels of the first image.

    Raises:
        ValueError: If it is something else.
    """
    if data.startswith(_DECODED):
        return data
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    if not (is_webp or data.startswith((GIF, BMP))):
        raise ValueError("it is no PNG, JPEG, GIF, BMP or WebP file")
    png = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("GIF", "BMP", "WEBP")) as image:
        mode = "L" if image.mode in ("1", "L") else "RGB"
        # The new file has no Exif data, so the pixels are rotated. The first level is
        # fast, and the pixels are the same with every level.
        turn_upright(image).convert(mode).save(png, "PNG", compress_level=1)
    return png.getvalue()
