"""Prepares images for calls of a model: decodes, measures, and finds those it can't."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.image_files.image_file import to_printable
from components.image_files.reading import is_turned
from components.served_model.call_size import call_size
from components.transform.decoding import check_images, decode_images
from components.transform.image_headers import read_headers
from pipeline.scoring.measures import measure_pixels
from pipeline.serving.client import extract_reason
from pipeline.serving.labelled_images import LabelledImage, Unclassified, open_image

CALL_IMAGES = 256
"""The most images in one call of the network."""

# The most bytes of files in one call of it.
_CALL_BYTES = 2**25


@dataclass(frozen=True)
class PreparedCall:
    """Images that are ready for a call, among those that have an error.

    Attributes:
        items: All of them.
        errors: Why an image can't be scored, by its place.
        pixels: Of the others, uint8 of shape (N, height, width, channels).
        measures: Of the others, arrays of shape (N,) by name.
    """

    items: Sequence[LabelledImage | Unclassified]
    errors: dict[int, str]
    pixels: np.ndarray | None = None
    measures: Mapping[str, np.ndarray] = field(default_factory=dict)


def divide_into_calls(
    items: Iterator[LabelledImage | Unclassified], description: DataDescription
) -> Iterator[list[LabelledImage | Unclassified]]:
    """Divides images into those of one call each, which limits the memory of a call.

    Args:
        items: The images, and why there are none.
        description: The images that the network takes.

    Yields:
        At most 256 of them.
    """
    most = call_size(description, CALL_IMAGES)
    call: list[LabelledImage | Unclassified] = []
    size = 0
    for item in items:
        call.append(item)
        if isinstance(item, LabelledImage):
            # An image that was made to fit is small, and keeps its whole file.
            size += len(item.encoded) + len(item.original)
        if len(call) == most or size >= _CALL_BYTES:
            yield call
            call, size = [], 0
    if call:
        yield call


def prepare_call(
    items: Sequence[LabelledImage | Unclassified], description: DataDescription
) -> PreparedCall:
    """Decodes and measures images, and finds out which of them can't be decoded.

    Args:
        items: The images, and why there are none.
        description: The classes, and the images that the network takes.

    Returns:
        What the model is to be asked.
    """
    errors = {
        at: item.reason
        for at, item in enumerate(items)
        if isinstance(item, Unclassified)
    }
    images = {
        at: item for at, item in enumerate(items) if isinstance(item, LabelledImage)
    }
    if not images:
        return PreparedCall(items, errors)
    try:
        pixels, sizes = _decode([each.encoded for each in images.values()], description)
    except tf.errors.InvalidArgumentError as error:
        if len(images) > 1:
            # One bad image makes the graph refuse all.
            for at, image in images.items():
                reason = prepare_call([image], description).errors.get(0)
                if reason is not None:
                    errors[at] = reason
            return prepare_call(
                [
                    Unclassified(item.title, errors[at], item.file)
                    if at in errors
                    else item
                    for at, item in enumerate(items)
                ],
                description,
            )
        (at,) = images
        reason = to_printable(extract_reason(str(error))).rstrip(".")
        return PreparedCall(items, {**errors, at: reason})
    return PreparedCall(
        items, errors, pixels, _measure([*images.values()], pixels, sizes)
    )


def _decode(
    encoded: Sequence[bytes], description: DataDescription
) -> tuple[np.ndarray, np.ndarray]:
    """Decodes images as models do that are exported today."""
    pixels, sizes = _decoder(description)(tf.constant(encoded, tf.string))
    return pixels.numpy(), sizes.numpy()


@functools.cache
def _decoder(description: DataDescription) -> Any:
    # Kept, because TensorFlow would trace the graph again for each shard.
    def decode(encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        checked = check_images(encoded, description)
        return decode_images(checked, description), read_headers(checked).sizes

    return tf.function(
        decode,
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )


def _measure(
    images: Sequence[LabelledImage], pixels: np.ndarray, sizes: np.ndarray
) -> dict[str, np.ndarray]:
    """Measures images as they came, also those that were inverted or resized since."""
    inverted = np.array([image.inverted for image in images])
    if inverted.any():
        pixels = np.where(inverted[:, None, None, None], 255 - pixels, pixels)
    sizes = sizes.astype(np.float32)
    for at, image in enumerate(images):
        if image.original:
            with open_image(image.original) as stored:
                size = stored.height, stored.width
                # In training, files of this format were turned before they were
                # measured, since they are converted for the network.
                if stored.format == "WEBP" and is_turned(stored):
                    size = size[::-1]
                sizes[at] = size
    return {
        features.HEIGHT: sizes[:, 0],
        features.WIDTH: sizes[:, 1],
        **measure_pixels(pixels),
    }
