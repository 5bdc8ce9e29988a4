"""Fashion-MNIST's classes and images, which the synthetic sets have too."""

from components.data_description import DataDescription
from components.known_sets import known_set

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
DESCRIPTION = DataDescription(
    name="fashion_mnist",
    version="3.0.1",
    class_names=CLASS_NAMES,
    height=28,
    width=28,
    channels=1,
    resize="none",
)
IMAGE_SHAPE = DESCRIPTION.image_shape
SCHEMA = known_set("fashion_mnist").schema
"""File of the curated schema."""
