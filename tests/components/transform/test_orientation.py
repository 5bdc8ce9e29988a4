"""Turning images upright, compared with what Pillow does."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import ExifTags, Image, ImageOps

from components.transform.orientation import (
    read_orientation,
    turn_size,
    turn_upright,
)

PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def file_with(orientation, kind):
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_as_its_file_says(orientation, kind):
    encoded = file_with(orientation, kind)
    read = read_orientation(tf.constant(encoded))
    assert int(read) == orientation
    stored = Image.open(io.BytesIO(encoded))
    expected = np.asarray(ImageOps.exif_transpose(stored))
    np.testing.assert_array_equal(turn_upright(np.asarray(stored), read), expected)
    assert turn_size(tf.constant(PIXELS.shape[:2]), read).numpy().tolist() == [
        *expected.shape[:2]
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
@pytest.mark.parametrize("orientation", [None, 9], ids=["none", "unknown"])
def test_an_image_without_a_known_orientation_is_upright(orientation, kind):
    assert int(read_orientation(tf.constant(file_with(orientation, kind)))) == 1
