"""Scores a shard of images with a model, as a model handler of Beam's RunInference.

tfx-bsl's RunInference, which TFX's BulkInferrer uses too, fails on signatures that
return texts, as `class_name` is (docs/decisions.md).
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import tensorflow as tf
from apache_beam.ml.inference.base import ModelHandler

from components import features
from components.data_description import DataDescription
from components.image_files.image_file import to_printable
from components.served_model.signatures import PREDICT_IMAGES
from components.transform.decoding import check_images, decode_images
from components.transform.image_headers import read_headers
from pipeline.scoring.image_shards import Shard, read_shard
from pipeline.scoring.measures import measure_pixels
from pipeline.scoring.part_files import (
    CLASS,
    ERROR,
    FILE,
    MEASURES,
    NOTES,
    VERSION,
    part_schema,
    rows_table,
    write_part,
)
from pipeline.serving.chosen_model import Model, load_exported_model
from pipeline.serving.client import Answer, extract_reason
from pipeline.serving.image_fitting import Invert, fit_image
from pipeline.serving.labelled_images import LabelledImage, Unclassified, opened

# The most images, pixel values of the network and encoded bytes in one call of it.
_CALL_IMAGES = 256
_CALL_NUMBERS = 2**22
_CALL_BYTES = 2**25

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Scoring:
    """How shards are scored.

    Attributes:
        model_dir: Folder or URI of the SavedModel.
        description: The classes, and the images that its network takes.
        version: What the column `version` says.
        invert: Whether to invert image files; see `fit_image`.
        folder: Folder of the parts.
    """

    model_dir: str
    description: DataDescription
    version: str
    invert: Invert
    folder: str

    def part_file(self, shard: Shard) -> Path:
        """Returns the path of a shard's part, whether it exists or not."""
        return Path(self.folder, f"{shard.number:06}-{shard.digest[:16]}.parquet")


@dataclass(frozen=True)
class _Prepared:
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


class ShardScorer(ModelHandler[Shard, str, Model]):
    """Scores shards; each call writes the part of one shard.

    A part gets its name only when it is complete. So a killed run leaves nothing
    half-made, and an engine may repeat the work.
    """

    def __init__(self, scoring: Scoring):
        """Constructs the handler.

        Args:
            scoring: How shards are scored.
        """
        super().__init__()
        self._scoring = scoring

    def load_model(self) -> Model:
        """Loads the model, once for each worker process."""
        return load_exported_model(self._scoring.model_dir)

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """Tells Beam to give one shard to each call."""
        return {"min_batch_size": 1, "max_batch_size": 1}

    def run_inference(
        self,
        batch: Sequence[Shard],
        model: Model,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[str]:
        """Writes the part of each shard, and returns the paths of the parts."""
        return [self._write(shard, model) for shard in batch]

    def _write(self, shard: Shard, model: Model) -> str:
        path = self._scoring.part_file(shard)
        unfinished = path.with_name(f"{uuid.uuid4().hex}.unfinished")
        schema = part_schema(self._scoring.description.class_names)
        try:
            write_part(unfinished, schema, self._score(shard, model, schema))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return str(path)

    def _score(
        self, shard: Shard, model: Model, schema: pa.Schema
    ) -> Iterator[pa.Table]:
        items: Iterator[LabelledImage | Unclassified] = read_shard(shard)
        if shard.files:
            # Images from records and requests are sent to a server as they are.
            items = (
                each
                if isinstance(each, Unclassified)
                else fit_image(each, model.wanted, self._scoring.invert)
                for each in items
            )
        description = self._scoring.description
        prepared = (_prepare(each, description) for each in _calls(items, description))
        for each in _one_ahead(prepared):
            answers: Iterator[Answer] = iter(())
            if each.pixels is not None:
                # Grey pixels have no channel axis in a request.
                pixels = each.pixels[..., 0] if wanted_grey(model) else each.pixels
                answers = iter(model.client.predict(PREDICT_IMAGES, pixels))
            yield _to_rows(each, answers, self._scoring.version, schema)


def wanted_grey(model: Model) -> bool:
    """Returns whether a model takes grey images."""
    return model.wanted.channels == 1


def _calls(
    items: Iterator[LabelledImage | Unclassified], description: DataDescription
) -> Iterator[list[LabelledImage | Unclassified]]:
    """Divides images into those of one call each."""
    numbers = math.prod(description.image_shape)
    most = max(1, min(_CALL_IMAGES, _CALL_NUMBERS // numbers))
    call: list[LabelledImage | Unclassified] = []
    size = 0
    for item in items:
        call.append(item)
        size += len(item.encoded) if isinstance(item, LabelledImage) else 0
        if len(call) == most or size >= _CALL_BYTES:
            yield call
            call, size = [], 0
    if call:
        yield call


def _prepare(
    items: Sequence[LabelledImage | Unclassified], description: DataDescription
) -> _Prepared:
    """Decodes and measures images, and finds out which of them can't be decoded."""
    errors = {
        at: item.reason
        for at, item in enumerate(items)
        if isinstance(item, Unclassified)
    }
    images = {
        at: item for at, item in enumerate(items) if isinstance(item, LabelledImage)
    }
    if not images:
        return _Prepared(items, errors)
    try:
        pixels, sizes = _decode([each.encoded for each in images.values()], description)
    except tf.errors.InvalidArgumentError as error:
        if len(images) > 1:
            # One bad image makes the graph refuse all.
            for at, image in images.items():
                alone = _prepare([image], description)
                errors |= {at: reason for reason in alone.errors.values()}
            return _prepare(
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
        return _Prepared(items, {**errors, at: reason})
    return _Prepared(
        items, errors, pixels, _measure([*images.values()], pixels, sizes)
    )


def _decode(
    encoded: Sequence[bytes], description: DataDescription
) -> tuple[np.ndarray, np.ndarray]:
    """Decodes images as the served signatures do."""
    pixels, sizes = _decoder(description)(tf.constant(encoded, tf.string))
    return pixels.numpy(), sizes.numpy()


_decoders: dict[DataDescription, Any] = {}


def _decoder(description: DataDescription) -> Any:
    # Kept, because TensorFlow would trace the graph again for each shard.
    if description not in _decoders:

        def decode(encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            checked = check_images(encoded, description)
            return decode_images(checked, description), read_headers(checked).sizes

        _decoders[description] = tf.function(
            decode,
            input_signature=[tf.TensorSpec([None], tf.string)],
            autograph=False,
        )
    return _decoders[description]


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
            with opened(image.original) as stored:
                sizes[at] = stored.height, stored.width
    return {
        features.HEIGHT: sizes[:, 0],
        features.WIDTH: sizes[:, 1],
        **measure_pixels(pixels),
    }


def _to_rows(
    prepared: _Prepared, answers: Iterator[Answer], version: str, schema: pa.Schema
) -> pa.Table:
    items, errors = prepared.items, prepared.errors
    places = range(len(items))
    given = {at: next(answers) for at in places if at not in errors}
    columns: dict[str, list[Any]] = {
        FILE: [item.title for item in items],
        CLASS: [given[at].class_name if at in given else None for at in places],
        "probabilities": [
            given[at].probabilities if at in given else None for at in places
        ],
        VERSION: [version] * len(items),
        NOTES: [_notes(item) if at in given else None for at, item in enumerate(items)],
        ERROR: [errors.get(at) for at in places],
    }
    for name in MEASURES:
        values = iter(prepared.measures.get(name, ()))
        columns[name] = [next(values) if at in given else None for at in places]
    return rows_table(schema, columns)


def _notes(item: LabelledImage | Unclassified) -> str | None:
    return "; ".join(item.notes) or None if isinstance(item, LabelledImage) else None


def _one_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yields items, and makes the next one in a thread while one is used."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, end)
        while (item := following.result()) is not end:
            following = pool.submit(next, items, end)
            yield item  # type: ignore[misc]
