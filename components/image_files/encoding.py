"""Converts image files that a served model can't decode."""

import io

from PIL import Image

from components.image_files.reading import turn_upright
from components.image_formats import BMP, BMP_BITS, BMP_BITS_AT, GIF, JPEG, PNG

# What TensorFlow Serving 2.19 decodes, besides BMP files without a palette.
_DECODED = (PNG, JPEG, GIF)


def to_decodable(data: bytes) -> bytes:
    """Converts an image to PNG, unless a served model can decode it as it is.

    Args:
        data: Bytes of an image file.

    Returns:
        The same bytes for PNG, JPEG and GIF files, and for BMP files without a palette;
        for other BMP files and for WebP, those of a PNG file with the same pixels.

    Raises:
        ValueError: If it is something else.
    """
    if data.startswith(_DECODED):
        return data
    if data.startswith(BMP):
        if int.from_bytes(data[BMP_BITS_AT], "little") in BMP_BITS:
            return data
    elif not (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        raise ValueError("it is no PNG, JPEG, GIF, BMP or WebP file")
    png = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("BMP", "WEBP")) as image:
        mode = "L" if image.mode in ("1", "L") else "RGB"
        # The new file has no Exif data, so the pixels are rotated. The first level is
        # fast, and the pixels are the same with every level.
        turn_upright(image).convert(mode).save(png, "PNG", compress_level=1)
    return png.getvalue()
