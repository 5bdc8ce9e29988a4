import numpy as np
import pytest

from components.served_model.background import Background, measure_border


def framed(side, border, inside, width):
    pixels = np.full((side, side), border, np.uint8)
    pixels[width:-width, width:-width] = inside
    return pixels


@pytest.mark.parametrize(("side", "width"), [(3, 1), (28, 1), (100, 4), (1000, 40)])
def test_the_border_is_a_frame_of_a_twenty_fifth_of_each_side(side, width):
    assert measure_border(framed(side, 255, 0, width)) == 1
    assert measure_border(framed(side, 0, 255, width)) == 0


def test_what_reaches_over_the_edge_does_not_count():
    pixels = np.zeros((28, 28), np.uint8)
    pixels[10:, 4:24] = 255  # trousers, cut at the bottom
    assert measure_border(pixels) == 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (9, 2)])
def test_a_tiny_image_has_no_border(shape):
    assert measure_border(np.zeros(shape, np.uint8)) is None


def test_pixels_may_have_an_axis_for_their_channel():
    assert measure_border(np.full((9, 9, 1), 51, np.uint8)) == pytest.approx(0.2)


def test_the_kinds_of_borders_are_counted():
    borders = [0.0, 0.3, 0.5, 0.9]
    assert Background.of_borders(borders) == Background(images=4, dark=0.5, bright=0.25)
    assert Background.of_borders([]) is None


@pytest.mark.parametrize(
    ("dark", "bright", "border", "expected"),
    [
        (0.95, 0.0, 0.9, True),
        (0.94, 0.0, 0.9, False),
        (0.95, 0.05, 0.6, False),
        (0.95, 0.05, 0.1, False),
        (0.0, 0.95, 0.1, True),
        (0.0, 0.95, 0.9, False),
        (0.95, 0.0, None, False),
    ],
)
def test_an_image_is_opposite_to_nearly_all_others(dark, bright, border, expected):
    background = Background(images=100, dark=dark, bright=bright)
    assert background.is_opposite(border) is expected
