"""Names the features of an example.

What the classes are, and of which shape the images, comes with the data
(`components/data_description.py`).
"""

IMAGE = "image"
"""Encoded image, the bytes of a PNG, JPEG, GIF or BMP file."""

LABEL = "label"
"""Index of the true class, int64."""

CLASS_NAME = "class_name"
"""Name of the true class, for statistics that people read."""

HEIGHT = "height"
WIDTH = "width"
CHANNELS = "channels"
"""Size of the decoded image, int64, in pixels."""

BRIGHTNESS = "brightness"
"""Mean of the pixels, float in [0, 1]. It reveals inverted or pale images.

Brightness and contrast are measured after the decoding: of large JPEG files, on the
smaller image that the network's image is made of.
"""

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the brightness that people see (ITU-R BT.601)."""

CONTRAST = "contrast"
"""Standard deviation of the pixels, float in [0, 0.5]; 0 for a blank image."""


def transformed_name(key: str) -> str:
    """Returns the name that a feature has after Transform.

    Example:
        >>> transformed_name(IMAGE)
        'image_xf'
    """
    return f"{key}_xf"
