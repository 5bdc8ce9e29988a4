"""Chooses the size of the network's images."""

from collections.abc import Iterable
from statistics import median_low

# An automatic size is between these, in pixels: the given network takes no smaller
# images, and larger ones take long to train on.
_SHORTEST_SIDE, _ENLARGED_SIDE, _LONGEST_SIDE = 18, 32, 128


def choose_size(given: str, sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Chooses the size of the network's images.

    Args:
        given: `HxW` in pixels, or `auto` for the median size of the images, scaled
            so that its longer side is at most 128 pixels and its shorter one at least
            18.
        sizes: Height and width of images, at least one, in pixels.

    Returns:
        Height and width, in pixels.
    """
    if given != "auto":
        height, width = map(int, given.split("x"))
        return height, width
    heights, widths = zip(*sizes, strict=True)
    height, width = median_low(heights), median_low(widths)
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    if min(height, width) * scale < _SHORTEST_SIDE:
        scale = _ENLARGED_SIDE / min(height, width)
    return round(height * scale), round(width * scale)
