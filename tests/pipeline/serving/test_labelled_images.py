import numpy as np
import pytest
from PIL import Image

from components.errors import InputError
from pipeline.serving.labelled_images import read_image_file


def test_an_image_of_the_models_shape_is_taken_as_it_is(tmp_path):
    pixels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    image, note = read_image_file(tmp_path / "image.png")
    np.testing.assert_array_equal(image.pixels, pixels)
    assert note is None


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg"])
def test_another_image_is_converted_and_it_is_said(tmp_path, name):
    Image.new("RGB", (300, 200), "red").save(tmp_path / name)
    image, note = read_image_file(tmp_path / name)
    assert image.pixels.shape == (28, 28)
    assert note == f"{name} was converted from RGB 300x200 to L 28x28."


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n cut"])
def test_a_file_that_is_no_image_is_refused(tmp_path, content):
    (tmp_path / "image.png").write_bytes(content)
    with pytest.raises(InputError, match=r"must be a readable PNG or JPEG"):
        read_image_file(tmp_path / "image.png")
