"""Image files whose pixels can be read, and whose rest is damaged."""

import io
import struct

from PIL import Image, PngImagePlugin


def _encode(kind, **options):
    file = io.BytesIO()
    Image.new("L", (28, 28)).save(file, kind, **options)
    return file.getvalue()


def _cut_gif():
    frames = [Image.new("L", (28, 28), 100 * number) for number in (1, 2)]
    return _encode("GIF", save_all=True, append_images=frames)[:-60]


def _jpeg_with_a_text_as_orientation():
    # A tag of the type ASCII, in the first directory after the header of 8 bytes.
    entry = struct.pack("<HHHI4sI", 1, 0x0112, 2, 2, b"x", 0)
    return _encode("JPEG", exif=b"Exif\0\0II*\0" + struct.pack("<I", 8) + entry)


def _png_with_broken_exif():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Raw profile type exif", "\nexif\n  4\nzz")
    return _encode("PNG", pnginfo=texts)


ODD_FILES = {"cut.gif": _cut_gif()}
"""Contents, by name, of files that can't be used."""


def _png_whose_exif_is_something_else():
    return _encode("PNG", exif=b"nonsense data")


HARMLESS_FILES = {
    "exif.png": _png_whose_exif_is_something_else(),
    "orientation.jpg": _jpeg_with_a_text_as_orientation(),
    "profile.png": _png_with_broken_exif(),
}
"""Contents, by name, of files that a served model decodes as if nothing were wrong."""
