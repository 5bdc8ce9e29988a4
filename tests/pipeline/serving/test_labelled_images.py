import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import ExifTags, Image

from components.errors import InputError
from components.transform.decoding import decode_image
from pipeline.serving.labelled_images import (
    LabelledImage,
    Unclassified,
    read_image_file,
    read_test_images,
)


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def colour_noise(height=20, width=30):
    random = np.random.default_rng(1)
    return Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))


def rotated():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return encoded(Image.new("RGB", (30, 20), "red"), "JPEG", exif=exif)


def grey_of_16_bits():
    pixels = np.arange(600, dtype=np.uint16).reshape(20, 30, 1) * 100
    return tf.io.encode_png(pixels).numpy()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_a_files_own_bytes_are_read(tmp_path, kind):
    data = encoded(colour_noise(), kind)
    (tmp_path / "photo").write_bytes(data)
    assert read_image_file(tmp_path / "photo") == LabelledImage(
        "photo", data, file=str(tmp_path / "photo")
    )


def test_a_photo_is_read_upright(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(rotated())
    photo = read_image_file(tmp_path / "photo.jpg")
    assert photo.pixels_of(3).shape == (30, 20, 3)


def test_a_webp_file_is_sent_as_png_with_the_same_pixels(tmp_path):
    path = tmp_path / "photo.webp"
    colour_noise().save(path, lossless=True)
    image = read_image_file(path)
    assert image.encoded.startswith(b"\x89PNG")
    assert image.original == path.read_bytes()
    np.testing.assert_array_equal(image.pixels_of(3), np.asarray(colour_noise()))


def test_a_thumbnail_is_of_the_image_before_it_was_converted():
    white = encoded(Image.new("L", (80, 40), 255), "PNG")
    image = LabelledImage("a", FILES["grey"], original=white)
    np.testing.assert_array_equal(image.thumbnail(20), np.full((10, 20), 255))
    assert LabelledImage("a", FILES["colour"]).thumbnail(100).shape == (20, 30, 3)


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
    ("content", "reason"),
    [
        (b"", "has no bytes"),
        (b"no image", "can't be decoded (it is no PNG, JPEG, GIF, BMP or WebP file)"),
        (b"\x89PNG\r\n\x1a\n cut", "can't be decoded"),
        (FILES["colour"][:-300], "can't be decoded"),
        (encoded(colour_noise(), "TIFF"), "can't be decoded (it is no PNG"),
    ],
    ids=["empty", "text", "header alone", "cut", "TIFF"],
)
def test_a_file_that_is_no_image_says_why(tmp_path, content, reason):
    path = tmp_path / "image.png"
    path.write_bytes(content)
    unclassified = read_image_file(path, "a title")
    assert isinstance(unclassified, Unclassified)
    assert unclassified.reason.startswith(reason)
    assert (unclassified.title, unclassified.file) == ("a title", str(path))


def test_of_a_small_split_the_usual_images_are_those_that_it_has(tmp_path):
    path = tmp_path / "Split-test" / "images.gz"
    path.parent.mkdir()
    example = tf.train.Example()
    for name in ("image", "class_name"):
        example.features.feature[name].bytes_list.value.append(b"red")
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for _ in range(3):
            writer.write(example.SerializeToString())
    (image,) = read_test_images(str(tmp_path))
    assert image.title == "test image 0"
    with pytest.raises(InputError, match="received 5, which is past the end"):
        read_test_images(str(tmp_path), (0, 5))
