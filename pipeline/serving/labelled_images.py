"""Reads images to classify, from the test split or from files."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from components import features
from components.errors import InputError
from components.image_files.encoding import as_shown, to_decodable
from components.image_files.reading import Damage, read_image
from components.image_formats import PILLOW_FORMATS
from pipeline.settings import EXAMPLE_INDICES

MODES = {1: "L", 3: "RGB"}
"""Pillow's name of grey pixels and of colours, by the number of channels."""


@dataclass(frozen=True)
class LabelledImage:
    """An encoded image that the model takes as it is.

    Attributes:
        title: Name for the user, for example `test image 5` or `shoe.png`.
        encoded: Bytes of a PNG, JPEG, GIF or BMP file.
        true_class_name: Name of its class; None if that isn't known.
        file: Path of its file; empty if it has none.
        notes: What was done to it, in a few words each.
        original: Bytes of the image as people see it, if it was converted since.
        inverted: Whether its pixels were inverted since.
    """

    title: str
    encoded: bytes
    true_class_name: str | None = None
    file: str = ""
    notes: tuple[str, ...] = ()
    original: bytes = b""
    inverted: bool = False

    @property
    def pixel_count(self) -> int:
        """Number of pixels, which is read from the image's header."""
        with open_image(self.encoded) as stored:
            return stored.width * stored.height

    def thumbnail(self, side: int) -> np.ndarray:
        """Returns the pixels as people see them, before any conversion.

        Args:
            side: The longer side of a larger image, in pixels; others keep their size.

        Returns:
            A uint8 array of shape (height, width) or (height, width, 3).
        """
        image = _decode(self.original or self.encoded)
        image.thumbnail((side, side))
        return np.asarray(image)

    def pixels_of(self, channels: int) -> np.ndarray:
        """Decodes the image in the colours that a model takes.

        Args:
            channels: 1 for grey pixels, 3 for colour.

        Returns:
            A uint8 array of shape (height, width) or (height, width, 3).
        """
        return np.asarray(_decode(self.encoded).convert(MODES[channels]))


@dataclass(frozen=True)
class Unclassified:
    """An image file that can't be classified.

    Attributes:
        title: Name for the user.
        reason: What is wrong with it.
        file: Its path.
    """

    title: str
    reason: str
    file: str = ""


def read_test_images(
    examples_uri: str, indices: Sequence[int] | None = None
) -> list[LabelledImage]:
    """Reads images of the test split.

    Args:
        examples_uri: Folder of an Examples artifact with the split `test`.
        indices: Indices of the images in the split, from 0; if None, those of
            `EXAMPLE_INDICES` that the split has.

    Returns:
        The images, in the order of the indices.

    Raises:
        InputError: If an index is past the end of the split.
    """
    # Imported late, because sending image files to a server needs no TensorFlow.
    import tensorflow as tf

    from components.tfrecords import read_records

    given, indices = indices, EXAMPLE_INDICES if indices is None else indices
    files = tf.io.gfile.glob(f"{examples_uri}/Split-test/*")
    wanted = {
        index: tf.train.Example.FromString(record).features.feature
        for index, record in enumerate(
            read_records(files).take(max(indices) + 1).as_numpy_iterator()
        )
        if index in set(indices)
    }
    missing = [index for index in indices if index not in wanted]
    if missing and given is not None:
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
        if index in wanted
    ]


def read_image_file(
    path: Path, title: str | None = None
) -> LabelledImage | Unclassified:
    """Reads an image file, and checks it as those to train on are checked.

    A model that resizes images gets the same bytes as in training, so that it sees
    the same pixels.

    Args:
        path: File to read.
        title: Name for the user; the file's name by default.

    Returns:
        The image, in a format that models take; or why the file can't be used.
    """
    title = title or path.name
    facts = read_image(str(path))
    if isinstance(facts, Damage):
        detail = f" ({facts.detail})" if facts.detail else ""
        return Unclassified(title, f"{facts.what}{detail}", str(path))
    data = path.read_bytes()
    encoded = to_decodable(data)
    original = b"" if encoded is data else data
    return LabelledImage(title, encoded, file=str(path), original=original)


def encode_pixels(pixels: np.ndarray, title: str) -> LabelledImage:
    """Makes an image of pixels.

    Args:
        pixels: uint8 array of shape (height, width[, 1 or 3]).
        title: Name for the user.

    Returns:
        The image.

    Raises:
        InputError: If the array isn't an image.
    """
    array = np.asarray(pixels)
    shape = array.shape[:2] if array.shape[2:] == (1,) else array.shape
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    if array.dtype != np.uint8 or not is_image or 0 in shape:
        raise InputError(
            f"The pixels of an image must be a uint8 array of shape (height, width[, 1 "
            f"or 3]); received {array.dtype} of shape {array.shape}; convert them, or "
            f"name files."
        )
    png = io.BytesIO()
    Image.fromarray(array.reshape(shape)).save(png, "PNG")
    return LabelledImage(title, png.getvalue())


def open_image(encoded: bytes) -> Image.Image:
    """Opens an encoded image, to be used in a `with` statement."""
    return Image.open(io.BytesIO(encoded), formats=PILLOW_FORMATS)


def _decode(encoded: bytes) -> Image.Image:
    with open_image(encoded) as stored:
        return as_shown(stored)
