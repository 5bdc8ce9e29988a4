"""Classifies many images: reads, fits and sends them in batches of limited size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from components.image_files.image_file import to_printable
from components.served_model.signatures import PREDICT_PNG
from pipeline.serving.chosen_model import Model
from pipeline.serving.client import RequestRefusedError
from pipeline.serving.image_arguments import NamedFile
from pipeline.serving.image_fitting import Invert, try_to_fit
from pipeline.serving.labelled_images import (
    LabelledImage,
    Unclassified,
    read_image_file,
)
from pipeline.serving.predictions import Prediction, classify

# A batch is full with so many images or pixels. Some images are decoded at the same
# time, and resizing needs 12 bytes for each pixel of theirs in colour.
_BATCH_IMAGES = 64
_BATCH_PIXELS = 2**25


def classify_files(
    files: Iterable[NamedFile | LabelledImage],
    get_model: Callable[[], Model],
    signature: str = PREDICT_PNG,
    invert: Invert = "auto",
    kept: int = 0,
) -> Iterator[Prediction | Unclassified]:
    """Classifies image files. One that can't be classified doesn't end the others.

    Args:
        files: The files; or images that were read already, which are fitted too.
        get_model: Returns the model. It is called once there is an image for it, so
            that wrong files are told at once.
        signature: One of `components.served_model.signatures.INPUT_NAMES`.
        invert: Whether to invert images; see `fit_image`.
        kept: Number of predictions, from the first one on, whose images stay in memory.

    Yields:
        A prediction for each file, in the same order, or why there is none.

    Raises:
        InputError: If there is no such model, or it can't be asked.
    """

    def read() -> Iterator[LabelledImage | Unclassified]:
        for file in files:
            image: LabelledImage | Unclassified
            if isinstance(file, LabelledImage):
                image = file
            elif file.problem:
                image = Unclassified(file.title, file.problem, str(file.path))
            else:
                image = read_image_file(file.path, file.title)
            if isinstance(image, LabelledImage):
                image = try_to_fit(image, get_model().wanted, invert)
            yield image

    return classify_images(read(), get_model, signature, kept)


def classify_images(
    images: Iterable[LabelledImage | Unclassified],
    get_model: Callable[[], Model],
    signature: str = PREDICT_PNG,
    kept: int = 0,
) -> Iterator[Prediction | Unclassified]:
    """Classifies images that fit the model; see `classify_files`."""
    made = 0
    for batch in _batches(images):
        for answer in _classify_batch(batch, get_model, signature):
            if isinstance(answer, Prediction):
                made += 1
                if made > kept:
                    bare = replace(answer.image, encoded=b"", original=b"")
                    answer = replace(answer, image=bare)
            yield answer


def _batches(
    images: Iterable[LabelledImage | Unclassified],
) -> Iterator[list[LabelledImage | Unclassified]]:
    batch: list[LabelledImage | Unclassified] = []
    pixels = 0
    for image in images:
        batch.append(image)
        pixels += image.pixel_count if isinstance(image, LabelledImage) else 0
        if len(batch) == _BATCH_IMAGES or pixels >= _BATCH_PIXELS:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def _classify_batch(
    batch: Sequence[LabelledImage | Unclassified],
    get_model: Callable[[], Model],
    signature: str,
) -> list[Prediction | Unclassified]:
    readable = [image for image in batch if isinstance(image, LabelledImage)]
    answers = iter(_ask(readable, get_model, signature) if readable else ())
    return [each if isinstance(each, Unclassified) else next(answers) for each in batch]


def _ask(
    images: Sequence[LabelledImage], get_model: Callable[[], Model], signature: str
) -> Sequence[Prediction | Unclassified]:
    client = get_model().client
    try:
        return classify(client, images, signature)
    except RequestRefusedError as error:
        if len(images) == 1:
            reason = to_printable(str(error)).rstrip(".")
            return [Unclassified(images[0].title, reason, images[0].file)]
        # One bad image makes a model refuse the whole request.
        return [
            answer for image in images for answer in _ask([image], get_model, signature)
        ]
