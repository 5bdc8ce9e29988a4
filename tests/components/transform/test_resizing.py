"""Resizing and scaling, compared with what was computed."""

import numpy as np
import pytest
import tensorflow as tf

from components.transform.resizing import fit_pixels, scale_pixels
from tests.support.fashion import DESCRIPTION

# A white image, one pixel high and two wide, made 4 x 4; and one of two shades.
WHITE = np.full((1, 2, 1), 255, np.uint8)
SHADES = np.array([[[0], [200]]], np.uint8)


def fit(pixels, how, size=(4, 4)):
    description = DESCRIPTION.model_copy(
        update={"height": size[0], "width": size[1], "resize": how}
    )
    return fit_pixels(tf.constant(pixels), description).numpy()[..., 0].tolist()


def test_a_letterbox_keeps_the_proportions_between_black_bars():
    assert fit(WHITE, "letterbox") == [[0] * 4, [255] * 4, [255] * 4, [0] * 4]


def test_stretching_fills_the_whole_image():
    assert fit(WHITE, "stretch") == [[255] * 4] * 4
    # A new pixel's value is that at its centre, between the centres of the old ones.
    assert fit(SHADES, "stretch") == [[0, 50, 150, 200]] * 4


def test_cropping_cuts_the_longer_side_off_evenly():
    row = np.array([[[10], [20], [40], [50]]], np.uint8)
    assert fit(np.repeat(row, 2, axis=0), "crop", (2, 2)) == [[20, 40]] * 2
    assert fit(np.repeat(row, 2, axis=0).swapaxes(0, 1), "crop", (2, 2)) == [
        [20, 20],
        [40, 40],
    ]
    # What is left is enlarged.
    assert fit(row, "crop", (2, 4)) == [[20, 25, 35, 40]] * 2


@pytest.mark.parametrize("how", ["letterbox", "stretch", "crop"])
@pytest.mark.parametrize("shape", [(1, 5000, 1), (5000, 1, 1), (1, 1, 1)], ids=str)
def test_no_proportions_are_too_extreme(shape, how):
    fitted = np.array(fit(np.full(shape, 255, np.uint8), how, (28, 20)))
    assert fitted.shape == (28, 20)
    # A letterbox keeps a line of at least one pixel.
    assert fitted.max() == 255
    assert fitted.min() == (0 if how == "letterbox" else 255)


def test_a_smaller_image_is_the_mean_of_what_it_covers():
    checkered = np.indices((40, 40)).sum(axis=0)[..., np.newaxis] % 2 * 200
    shrunk = np.array(fit(checkered.astype(np.uint8), "stretch"))
    assert np.abs(shrunk - 100).max() <= 2


@pytest.mark.parametrize("how", ["letterbox", "stretch", "crop"])
def test_a_batch_is_fitted_as_each_of_its_images(how):
    batch = np.random.default_rng(1).integers(0, 256, (3, 20, 30, 1), np.uint8)
    assert fit(batch, how) == [fit(image, how) for image in batch]


def test_scaling_maps_the_range_of_a_byte_to_zero_and_one():
    scaled = scale_pixels(tf.constant([0, 51, 255], tf.uint8))
    np.testing.assert_allclose(scaled, [0, 0.2, 1], rtol=1e-6)
