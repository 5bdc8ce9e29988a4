import pytest

from components.image_size import choose_size


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # Each side's median for itself; of an even number, the lower one.
        ([(28, 30)] * 3, (28, 30)),
        ([(20, 90), (30, 40), (50, 60)], (30, 60)),
        ([(20, 40), (30, 30)], (20, 30)),
        # The longer side is at most 128, and the proportions stay.
        ([(400, 512)], (100, 128)),
        ([(129, 64)], (128, 64)),
        ([(128, 18)], (128, 18)),
        # The shorter side is then at least 18: if it would be shorter, it becomes 32.
        ([(8, 8)], (32, 32)),
        ([(17, 34)], (32, 64)),
        ([(100, 1000)], (32, 320)),
    ],
)
def test_an_automatic_size_is_the_median_within_bounds(sizes, expected):
    assert choose_size("auto", sizes) == expected


def test_a_given_size_is_height_by_width():
    assert choose_size("40x500", []) == (40, 500)
