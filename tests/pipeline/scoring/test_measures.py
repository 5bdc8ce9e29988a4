import numpy as np
import pytest

from components import features
from pipeline.scoring.measures import (
    BORDER,
    CONFIDENCE,
    HORIZONTAL_CENTRE,
    NUMBERS,
    ORIENTATION,
    SHARPNESS,
    SPREAD,
    VERTICAL_CENTRE,
    measure_pixels,
)


def measure(pixels):
    found = measure_pixels(np.asarray(pixels, np.uint8)[np.newaxis, ..., np.newaxis])
    return {name: float(values[0]) for name, values in found.items()}


def bar(rows, columns, side=28):
    pixels = np.zeros((side, side))
    pixels[rows, columns] = 200
    return pixels


def blurred(pixels):
    padded = np.pad(pixels, 1, mode="edge")
    side = len(pixels)
    return (
        sum(
            padded[row : row + side, column : column + side]
            for row in range(3)
            for column in range(3)
        )
        // 9
    )


def test_each_number_but_the_size_and_the_confidence_is_measured():
    assert {*measure(bar(slice(4, 9), slice(4, 9)))} == {*NUMBERS} - {
        features.HEIGHT,
        features.WIDTH,
        CONFIDENCE,
    }


def test_where_something_lies_is_measured_whatever_the_background():
    pixels = bar(slice(0, 4), slice(14, 28))
    pixels[0] = pixels[:, -1] = 0
    for image in (pixels, 255 - pixels):
        found = measure(image)
        assert found[VERTICAL_CENTRE] < 0.2
        assert found[HORIZONTAL_CENTRE] > 0.7


def test_a_rotated_image_has_another_orientation():
    tall = bar(slice(4, 24), slice(12, 16))
    assert measure(tall)[ORIENTATION] > 0.8
    assert measure(np.rot90(tall))[ORIENTATION] == pytest.approx(
        -measure(tall)[ORIENTATION]
    )


def test_sharpness_falls_with_blur_and_not_with_darkness():
    pixels = np.random.default_rng(1).integers(0, 200, (28, 28))
    sharp = measure(pixels)[SHARPNESS]
    assert measure(blurred(pixels))[SHARPNESS] < 0.2 * sharp
    assert measure(pixels // 2)[SHARPNESS] == pytest.approx(sharp, rel=0.02)


def test_a_crop_touches_the_border_and_spreads():
    pixels = bar(slice(8, 20), slice(8, 20))
    cropped = np.kron(pixels[7:21, 7:21], np.ones((2, 2)))
    closer = np.kron(pixels[8:20, 8:20][:7, :7], np.ones((4, 4)))
    assert measure(cropped)[SPREAD] > 1.5 * measure(pixels)[SPREAD]
    assert measure(pixels)[BORDER] == 0
    assert measure(closer)[BORDER] == pytest.approx(200 / 255)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_image_has_figures_too(value):
    found = measure(np.full((28, 28), value))
    assert found[features.BRIGHTNESS] == pytest.approx(value / 255, abs=1e-6)
    assert found[VERTICAL_CENTRE] == found[HORIZONTAL_CENTRE] == 0.5
    assert found[SHARPNESS] == found[SPREAD] == found[ORIENTATION] == 0


def test_colours_count_as_bright_as_people_see_them():
    red, green = np.zeros((2, 1, 8, 8, 3), np.uint8)
    red[..., 0] = green[..., 1] = 255
    brightness = measure_pixels(np.concatenate([red, green]))[features.BRIGHTNESS]
    assert brightness.tolist() == pytest.approx([0.299, 0.587])
