"""Defines what an example is: feature keys, class names and image shape.

To use other images, change this module, the file `components/schema/schema.pbtxt` and
the data set in the settings.
"""

IMAGE_SHAPE = (28, 28, 1)
"""Height, width and channels of an image, in pixels."""

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""Class names in the order of their labels, which is TFDS's order."""

IMAGE = "image"
"""Encoded image, PNG or JPEG bytes."""

LABEL = "label"
"""Index of the true class, int64."""

CLASS_NAME = "class_name"
"""Name of the true class, for slices and statistics that people read."""

HEIGHT = "height"
WIDTH = "width"
CHANNELS = "channels"
"""Size of the decoded image, int64, in pixels."""

BRIGHTNESS = "brightness"
"""Mean of the pixels, float in [0, 1]. It reveals inverted or pale images."""

CONTRAST = "contrast"
"""Standard deviation of the pixels, float in [0, 0.5]; 0 for a blank image."""


def transformed_name(key: str) -> str:
    """Returns the name that a feature has after Transform.

    Example:
        >>> transformed_name(IMAGE)
        'image_xf'
    """
    return f"{key}_xf"
