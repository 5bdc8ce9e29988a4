"""Decides how many images a model gets in one call, which limits its memory."""

import math

from components.data_description import DataDescription

# Pixel values in all images of a call.
_NUMBERS = 2**22


def call_size(description: DataDescription, most: int) -> int:
    """Returns the number of images for one call of a model.

    Args:
        description: The images that the network takes.
        most: The number for small images.

    Returns:
        At least 1 and at most `most`; fewer if the images are large.
    """
    return max(1, min(most, _NUMBERS // math.prod(description.image_shape)))
