"""Lists the formats of image files, and how each is recognized."""

PNG = b"\x89PNG\r\n\x1a\n"
"""Signature of PNG files (https://www.w3.org/TR/png-3/#5PNG-file-signature)."""

JPEG = b"\xff\xd8\xff"
"""Start-of-image marker and first byte of the next marker (ITU-T T.81, annex B)."""

GIF = b"GIF8"
"""Signature (https://www.w3.org/Graphics/GIF/spec-gif89a.txt, section 17)."""

BMP = b"BM"
"""Signature of BMP files."""

BMP_BITS_AT = slice(28, 30)
"""Where a BMP file has the number of bits of a pixel, a little-endian integer."""

BMP_BITS = (24, 32)
"""Bits of a pixel in BMP files without a palette.

With 8 or fewer, TensorFlow takes places in the palette for shades of grey, or fails.
"""

PILLOW_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
"""Formats that files may have, by Pillow's names."""

MAX_PIXELS = 2**26
"""Pixels of the largest image that is decoded, for example 8192 x 8192."""
