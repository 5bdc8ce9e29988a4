"""Makes image files fit a model, and says what is done to them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageOps

from components.data_description import DEFAULT_RESIZE
from components.image_files.encoding import as_shown
from components.image_files.reading import (
    describe_error,
    is_grey,
    is_turned,
    read_orientation,
)
from components.served_model.background import measure_border
from pipeline.serving.client import InputShape
from pipeline.serving.labelled_images import (
    MODES,
    LabelledImage,
    Unclassified,
    open_image,
)

if TYPE_CHECKING:
    from components.served_model.model_lineage import ModelLineage

Invert = Literal["auto", "yes", "no"]
"""Whether image files are inverted; `auto` for those on the opposite background."""

# Those that a model without resizing takes.
_STRICT_FORMATS = ("PNG", "JPEG")


@dataclass(frozen=True)
class Wanted:
    """What a model wants of images.

    Attributes:
        input_shape: Shape of the images that it takes.
        lineage: What it says of the data that it was trained on; None if it doesn't.
    """

    input_shape: InputShape
    lineage: ModelLineage | None = None

    @property
    def channels(self) -> int:
        """1 for grey images, 3 for images in colour."""
        return self.input_shape[2]

    @property
    def is_strict(self) -> bool:
        """Whether the model takes only one size, and so doesn't resize images."""
        return None not in self.input_shape

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the network's images; None if they aren't known."""
        height, width, _ = self.input_shape
        if height is not None and width is not None:
            return width, height
        data = self.lineage and self.lineage.data
        return (data.width, data.height) if data else None

    @property
    def resize(self) -> str:
        """How images of another size are made to fit."""
        data = self.lineage and self.lineage.data
        return DEFAULT_RESIZE if self.is_strict or not data else data.resize


def fit_image(
    image: LabelledImage, wanted: Wanted, invert: Invert = "auto"
) -> LabelledImage:
    """Inverts an image if need be, and converts it if the model takes only one size.

    Args:
        image: The image, as it was read from its file.
        wanted: What the model wants.
        invert: Whether to invert it. `auto` compares its border with the backgrounds of
            the training images, and inverts nothing for a model that has no record of
            them.

    Returns:
        The image, with notes of all that is done to it here or in the model.
    """
    with open_image(image.original or image.encoded) as stored:
        why_inverted = _why_inverted(stored, wanted, invert)
        notes = tuple(_describe(stored, wanted, why_inverted))
        fits = not wanted.is_strict or (
            stored.mode == MODES[wanted.channels]
            and stored.size == wanted.size
            and stored.format in _STRICT_FORMATS
            and read_orientation(stored) == 1
        )
        if fits and not why_inverted:
            return replace(image, notes=notes)
        converted = as_shown(stored)
    if why_inverted:
        converted = ImageOps.invert(converted)
    if wanted.is_strict and wanted.size:
        converted = _letterbox(converted.convert(MODES[wanted.channels]), wanted.size)
    png = io.BytesIO()
    converted.save(png, format="PNG", compress_level=1)
    original = image.original or image.encoded
    return replace(
        image,
        encoded=png.getvalue(),
        original=original,
        notes=notes,
        inverted=bool(why_inverted),
    )


def try_to_fit(
    image: LabelledImage, wanted: Wanted, invert: Invert = "auto"
) -> LabelledImage | Unclassified:
    """Makes an image fit, and lets no odd file end the work on the others.

    Args:
        image: The image, as it was read from its file.
        wanted: What the model wants.
        invert: Whether to invert it; see `fit_image`.

    Returns:
        The image, with notes; or why it can't be used.

    Raises:
        MemoryError: If there isn't enough memory.
    """
    try:
        return fit_image(image, wanted, invert)
    except MemoryError:
        raise
    # The checks of `read_image_file` don't read the later frames. Pillow raises many
    # kinds of errors for those that are damaged.
    except Exception as error:
        reason = f"can't be decoded ({describe_error(error)})"
        return Unclassified(image.title, reason, image.file)


def _why_inverted(stored: Image.Image, wanted: Wanted, invert: Invert) -> str:
    """Returns the reason to invert an image; nothing if there is none."""
    if invert == "yes":
        return "as asked"
    background = wanted.lineage and wanted.lineage.background
    # The negative of a colour is another colour.
    if invert == "no" or not background or wanted.channels != 1:
        return ""
    if not background.is_opposite(
        measure_border(np.asarray(as_shown(stored).convert("L")))
    ):
        return ""
    own, theirs = ("bright", "dark") if background.dark > 0.5 else ("dark", "bright")
    return f"its background is {own}, that of the training images is {theirs}"


def _describe(stored: Image.Image, wanted: Wanted, why_inverted: str) -> Iterator[str]:
    """Yields a note for each change, in the order in which they happen."""
    frames = getattr(stored, "n_frames", 1)
    if frames > 1:
        yield f"first of {frames} frames"
    if read_orientation(stored) != 1:
        yield "turned as its Exif data say"
    if stored.mode.startswith("I"):
        yield "16 bits a pixel cut to 8"
    if stored.has_transparency_data:
        yield "transparency ignored"
    if wanted.channels == 1 and not is_grey(stored):
        yield "colour made grey"
    if why_inverted:
        yield f"inverted ({why_inverted})"
    size = stored.size[::-1] if is_turned(stored) else stored.size
    if wanted.size and size != wanted.size:
        before, after = (f"{width}x{height}" for width, height in (size, wanted.size))
        yield f"resized from {before} to {after} ({wanted.resize})"


def _letterbox(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resizes the whole image, and adds black bars as a model that resizes does."""
    scale = min(size[0] / image.width, size[1] / image.height)
    width, height = (max(1, round(side * scale)) for side in image.size)
    fitted = Image.new(image.mode, size)
    fitted.paste(
        image.resize((width, height)),
        ((size[0] - width) // 2, (size[1] - height) // 2),
    )
    return fitted
