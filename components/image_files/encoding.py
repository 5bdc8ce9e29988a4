"""Converts image files that a served model can't decode."""

import io

from PIL import Image

# Signatures of the formats that TensorFlow Serving 2.19 decodes.
_DECODED = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM")


def to_decodable(data: bytes) -> bytes:
    """Converts an image to PNG, unless a served model can decode it as it is.

    Args:
        data: Bytes of an image file.

    Returns:
        The same bytes for a PNG, JPEG, GIF or BMP file; for a WebP file, those of a PNG
        file with the same pixels.

    Raises:
        ValueError: If it is something else.
    """
    if data.startswith(_DECODED):
        return data
    if not (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        raise ValueError("it is no PNG, JPEG, GIF, BMP or WebP file")
    png = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
        # The first level is fast, and the pixels are the same with every level.
        image.convert("RGB").save(png, "PNG", compress_level=1)
    return png.getvalue()
