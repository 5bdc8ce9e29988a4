import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.errors import InputError
from components.transform.decoding import decode_image
from pipeline.serving.labelled_images import LabelledImage, fit_image, read_image_file

STRICT = (28, 28, 1)
RESIZING = (None, None, 3)
EXIF_ORIENTATION = 0x0112


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def colour_noise(height=20, width=30):
    random = np.random.default_rng(1)
    return Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))


def rotated():
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    return encoded(Image.new("RGB", (30, 20), "red"), "JPEG", exif=exif)


def grey_of_16_bits():
    pixels = np.arange(600, dtype=np.uint16).reshape(20, 30, 1) * 100
    return tf.io.encode_png(pixels).numpy()


def read_and_fit(path, input_shape):
    return fit_image(read_image_file(path), input_shape)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_image_of_a_strict_models_shape_is_taken_as_it_is(tmp_path, kind):
    pixels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    data = encoded(Image.fromarray(pixels), kind)
    (tmp_path / "image").write_bytes(data)
    image, note = read_and_fit(tmp_path / "image", STRICT)
    assert image.encoded == data
    assert note is None


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.bmp", "photo.webp"])
def test_another_image_is_converted_for_a_strict_model_and_it_is_said(tmp_path, name):
    Image.new("RGB", (300, 200), "red").save(tmp_path / name)
    image, note = read_and_fit(tmp_path / name, STRICT)
    assert image.encoded.startswith(b"\x89PNG")
    assert image.pixels.shape == (28, 28)
    assert note == f"{name} was converted from RGB 300x200 to L 28x28."


def test_a_strict_model_gets_no_gif(tmp_path):
    pixels = np.full((28, 28), 7, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.gif")
    image, _ = read_and_fit(tmp_path / "image.gif", STRICT)
    assert image.encoded.startswith(b"\x89PNG")
    np.testing.assert_array_equal(image.pixels, pixels)


def test_a_photo_is_upright_before_it_is_converted(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(rotated())
    photo = read_image_file(tmp_path / "photo.jpg")
    assert photo.pixels.shape == (30, 20, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_a_model_that_resizes_gets_the_files_own_bytes(tmp_path, kind):
    data = encoded(colour_noise(), kind)
    (tmp_path / "photo").write_bytes(data)
    assert read_and_fit(tmp_path / "photo", RESIZING) == (
        LabelledImage("photo", data),
        None,
    )


def test_a_webp_file_is_sent_as_png_with_the_same_pixels(tmp_path):
    colour_noise().save(tmp_path / "photo.webp", lossless=True)
    image, note = read_and_fit(tmp_path / "photo.webp", RESIZING)
    assert image.encoded.startswith(b"\x89PNG")
    np.testing.assert_array_equal(image.pixels, np.asarray(colour_noise()))
    assert note is None


FILES = {
    "colour": encoded(colour_noise(), "PNG"),
    "grey": encoded(colour_noise().convert("L"), "PNG"),
    "transparent": encoded(colour_noise().convert("RGBA"), "PNG"),
    "palette": encoded(colour_noise().quantize(16), "GIF"),
    "16 bits": grey_of_16_bits(),
    "rotated": rotated(),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", FILES)
def test_pixels_are_those_that_the_models_graph_decodes(name, channels):
    pixels = LabelledImage(name, FILES[name]).pixels_of(channels)
    expected = decode_image(tf.constant(FILES[name]), channels).numpy()
    assert pixels.shape == (expected.shape if channels == 3 else expected.shape[:2])
    np.testing.assert_allclose(
        pixels.astype(int).reshape(expected.shape), expected.astype(int), atol=1
    )


@pytest.mark.parametrize(
    "content", [b"", b"no image", b"\x89PNG\r\n\x1a\n cut", FILES["colour"][:-300]]
)
def test_a_file_that_is_no_image_is_refused(tmp_path, content):
    (tmp_path / "image.png").write_bytes(content)
    with pytest.raises(InputError, match=r"must be a readable PNG, JPEG.*image\.png"):
        read_image_file(tmp_path / "image.png")


def test_another_format_is_refused(tmp_path):
    colour_noise().save(tmp_path / "image.tiff")
    with pytest.raises(InputError, match=r"must be a readable PNG"):
        read_image_file(tmp_path / "image.tiff")
