import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from components.image_files.encoding import to_decodable


def encode(form, palette=False, **options):
    file = io.BytesIO()
    image = Image.new("RGB", (3, 2))
    image.putpixel((0, 0), (255, 0, 0))
    (image.quantize(2) if palette else image).save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP"])
def test_what_the_server_decodes_stays_as_it_is(form):
    assert to_decodable(encode(form)) == encode(form)


@pytest.mark.parametrize(
    ("content", "is_resized"),
    [
        (encode("WEBP", lossless=True), True),
        (encode("BMP", palette=True), True),
        (encode("BMP"), False),
        (encode("GIF"), False),
    ],
    ids=["WebP", "BMP with a palette", "BMP, not resized", "GIF, not resized"],
)
def test_other_formats_become_png_files_with_the_same_pixels(content, is_resized):
    png = Image.open(io.BytesIO(to_decodable(content, is_resized)))
    assert png.format == "PNG"
    original = Image.open(io.BytesIO(content)).convert("RGB")
    assert png.convert("RGB").tobytes() == original.tobytes()


def test_a_webp_file_is_rotated_as_its_exif_data_say():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    png = Image.open(io.BytesIO(to_decodable(encode("WEBP", exif=exif))))
    assert png.size == (2, 3)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_photo_is_turned_only_if_the_model_does_not_do_it(form):
    exif = Image.Exif()
    upright = encode(form, exif=exif)
    exif[ExifTags.Base.Orientation] = 6
    turned = encode(form, exif=exif)
    assert to_decodable(upright, is_resized=False) == upright
    assert to_decodable(turned) == turned
    png = Image.open(io.BytesIO(to_decodable(turned, is_resized=False)))
    assert (png.format, png.size) == ("PNG", (2, 3))


def test_turned_pixels_of_16_bits_keep_their_brightness():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    file = io.BytesIO()
    pixels = np.array([[0, 128 * 256, 255 * 256]], np.uint16)
    Image.fromarray(pixels).save(file, "PNG", exif=exif)
    png = Image.open(io.BytesIO(to_decodable(file.getvalue(), is_resized=False)))
    assert np.asarray(png).tolist() == [[255, 128, 0]]


@pytest.mark.parametrize("content", [b"", b"text", encode("TIFF")])
def test_other_files_are_refused(content):
    with pytest.raises(ValueError, match="it is no PNG"):
        to_decodable(content)
