"""Reads images to classify, from the test split or from files."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from components import features
from components.errors import InputError


@dataclass(frozen=True)
class LabelledImage:
    """An encoded image with the height and width that the model takes.

    Attributes:
        title: Name for the user, for example `test image 5` or `shoe.png`.
        png: The image as a PNG file.
        true_class_name: Name of its class; None if that isn't known.
    """

    title: str
    png: bytes
    true_class_name: str | None = None

    @property
    def pixels(self) -> np.ndarray:
        """Pixels: a uint8 array of shape (height, width) or (height, width, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.png)))


def read_test_images(examples_uri: str, indices: Sequence[int]) -> list[LabelledImage]:
    """Reads images of the test split.

    Args:
        examples_uri: Folder of an Examples artifact with the split `test`.
        indices: Indices of the images in the split, from 0.

    Returns:
        The images, in the order of the indices.

    Raises:
        InputError: If an index is past the end of the split.
    """
    # Imported late, because sending image files to a server needs no TensorFlow.
    import tensorflow as tf

    from components.tfrecords import read_records

    files = tf.io.gfile.glob(f"{examples_uri}/Split-test/*")
    wanted = {
        index: tf.train.Example.FromString(record).features.feature
        for index, record in enumerate(
            read_records(files).take(max(indices) + 1).as_numpy_iterator()
        )
        if index in set(indices)
    }
    missing = [index for index in indices if index not in wanted]
    if missing:
        raise InputError(
            f"An index must be that of an image in the test split, from 0; received "
            f"{missing[0]}, which is past the end; choose a smaller one."
        )
    return [
        LabelledImage(
            f"test image {index}",
            wanted[index][features.IMAGE].bytes_list.value[0],
            wanted[index][features.CLASS_NAME].bytes_list.value[0].decode(),
        )
        for index in indices
    ]


def read_image_file(path: Path) -> tuple[LabelledImage, str | None]:
    """Reads a PNG or JPEG file, and converts it to the model's shape if necessary.

    Args:
        path: File to read.

    Returns:
        The image, and a sentence about the conversion; None if there was none.

    Raises:
        InputError: If the file isn't a readable image.
    """
    height, width, channels = features.IMAGE_SHAPE
    mode = {1: "L", 3: "RGB"}[channels]
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            converted = image.convert(mode).resize((width, height))
            note = None
            if (image.mode, image.size) != (mode, (width, height)):
                note = (
                    f"{path.name} was converted from {image.mode} "
                    f"{image.width}x{image.height} to {mode} {width}x{height}."
                )
    # Pillow raises SyntaxError and ValueError for some damaged PNG files.
    except (OSError, Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise InputError(
            f"An image must be a readable PNG or JPEG file; reading {path} failed: "
            f"{error}; choose another file."
        ) from error
    png = io.BytesIO()
    converted.save(png, format="PNG")
    return LabelledImage(path.name, png.getvalue()), note
