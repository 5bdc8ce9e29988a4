"""Reads images to classify, from the test split or from files."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from components import features
from components.errors import InputError
from components.image_files.encoding import to_decodable
from components.image_formats import PILLOW_FORMATS
from pipeline.serving.client import InputShape

# Those that a model without resizing takes.
_STRICT_FORMATS = ("PNG", "JPEG")
_MODES = {1: "L", 3: "RGB"}
_GREY_MODES = ("1", "L", "LA")


@dataclass(frozen=True)
class LabelledImage:
    """An encoded image that the model takes as it is.

    Attributes:
        title: Name for the user, for example `test image 5` or `shoe.png`.
        encoded: Bytes of a PNG, JPEG, GIF or BMP file.
        true_class_name: Name of its class; None if that isn't known.
    """

    title: str
    encoded: bytes
    true_class_name: str | None = None

    @property
    def pixels(self) -> np.ndarray:
        """Pixels: a uint8 array of shape (height, width) or (height, width, 3)."""
        return np.asarray(_decode(self.encoded))

    def pixels_of(self, channels: int) -> np.ndarray:
        """Decodes the image in the colours that a model takes.

        Args:
            channels: 1 for grey pixels, 3 for colour.

        Returns:
            A uint8 array of shape (height, width) or (height, width, 3).
        """
        return np.asarray(_decode(self.encoded).convert(_MODES[channels]))


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


def read_image_file(path: Path) -> LabelledImage:
    """Reads an image file.

    A model that resizes images gets the same bytes as in training, so that it sees
    the same pixels.

    Args:
        path: File to read.

    Returns:
        The image, in a format that models take.

    Raises:
        InputError: If the file isn't a readable image.
    """
    try:
        with Image.open(path, formats=PILLOW_FORMATS) as stored:
            _as_shown(stored)
        return LabelledImage(path.name, to_decodable(path.read_bytes()))
    # Pillow raises many kinds of errors for damaged files.
    except Exception as error:
        raise InputError(
            f"An image must be a readable PNG, JPEG, GIF, BMP or WebP file; reading "
            f"{path} failed: {error}; choose another file."
        ) from error


def fit_image(
    image: LabelledImage, input_shape: InputShape
) -> tuple[LabelledImage, str | None]:
    """Converts an image if the model takes only one size.

    Args:
        image: The image.
        input_shape: Shape of the images that the model takes.

    Returns:
        The image, and a sentence about the conversion; None if there was none.
    """
    height, width, channels = input_shape
    if height is None or width is None:
        return image, None
    mode, size = _MODES[channels], (width, height)
    with Image.open(io.BytesIO(image.encoded), formats=PILLOW_FORMATS) as stored:
        fits = (stored.mode, stored.size) == (mode, size)
        if fits and stored.format in _STRICT_FORMATS:
            return image, None
        converted = _as_shown(stored).convert(mode).resize(size)
    note = (
        f"{image.title} was converted from {stored.mode} "
        f"{stored.width}x{stored.height} to {mode} {width}x{height}."
    )
    png = io.BytesIO()
    converted.save(png, format="PNG")
    return replace(image, encoded=png.getvalue()), None if fits else note


def _decode(encoded: bytes) -> Image.Image:
    with Image.open(io.BytesIO(encoded), formats=PILLOW_FORMATS) as stored:
        return _as_shown(stored)


def _as_shown(stored: Image.Image) -> Image.Image:
    """Returns an image rotated as Exif says, without transparency, in mode L or RGB."""
    image = ImageOps.exif_transpose(stored)
    if image.mode.startswith("I"):
        # Pillow would clip the 16 bits; the model's graph takes the upper 8 of them.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("L" if image.mode in _GREY_MODES else "RGB")
