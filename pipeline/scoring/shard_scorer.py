"""Scores a shard of images with a model, as a model handler of Beam's RunInference.

tfx-bsl's RunInference, which TFX's BulkInferrer uses too, fails on signatures that
return texts, as `class_name` is (docs/decisions.md).
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from apache_beam.ml.inference.base import ModelHandler

from components.data_description import DataDescription
from components.processors import count_pieces
from components.served_model.signatures import PREDICT_IMAGES
from pipeline.scoring.image_calls import (
    CALL_IMAGES,
    PreparedCall,
    divide_into_calls,
    prepare_call,
)
from pipeline.scoring.image_shards import Shard
from pipeline.scoring.part_files import (
    CLASS,
    MEASURES,
    NOTES,
    part_schema,
    rows_table,
    write_part,
)
from pipeline.scoring.shard_reader import read_shard
from pipeline.serving.chosen_model import LoadedModel, load_exported_model
from pipeline.serving.image_fitting import Invert, try_to_fit
from pipeline.serving.labelled_images import LabelledImage, Unclassified

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


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
        # Without the number, which changes if a file is added before the others.
        name = shard.digest[:16] or f"{shard.number:06}"
        return Path(self.folder, f"{name}.parquet")


class ShardScorer(ModelHandler[Shard, str, LoadedModel]):
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

    def load_model(self) -> LoadedModel:
        """Loads the model, once for each worker process."""
        return load_exported_model(self._scoring.model_dir)

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """Tells Beam to give one shard to each call."""
        return {"min_batch_size": 1, "max_batch_size": 1}

    def run_inference(
        self,
        batch: Sequence[Shard],
        model: LoadedModel,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[str]:
        """Writes the part of each shard, and returns the paths of the parts."""
        return [self._write(shard, model) for shard in batch]

    def _write(self, shard: Shard, model: LoadedModel) -> str:
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
        self, shard: Shard, model: LoadedModel, schema: pa.Schema
    ) -> Iterator[pa.Table]:
        items: Iterator[LabelledImage | Unclassified] = read_shard(shard)
        if shard.files:
            # Images from records and requests are sent to a server as they are.
            items = (
                each
                if isinstance(each, Unclassified)
                else try_to_fit(each, model.wanted, self._scoring.invert)
                for each in items
            )
        description = self._scoring.description

        def answer(images: Sequence[LabelledImage | Unclassified]) -> pa.Table:
            prepared = prepare_call(images, description)
            class_names = np.empty(0, object)
            probabilities = np.empty((0, len(description.class_names)), np.float32)
            if prepared.pixels is not None:
                # Grey pixels have no channel axis in a request.
                grey = description.channels == 1
                _, class_names, probabilities = model.client.predict_arrays(
                    PREDICT_IMAGES, prepared.pixels[..., 0] if grey else prepared.pixels
                )
            return _to_rows(
                prepared, class_names, probabilities, self._scoring.version, schema
            )

        calls = divide_into_calls(items, description)
        # One more than TensorFlow works on at a time, for while one is in Python.
        yield from _map_ahead(answer, calls, count_pieces(CALL_IMAGES) + 1)


def _to_rows(
    prepared: PreparedCall,
    class_names: np.ndarray,
    probabilities: np.ndarray,
    version: str,
    schema: pa.Schema,
) -> pa.Table:
    images = [
        each for at, each in enumerate(prepared.items) if at not in prepared.errors
    ]
    return rows_table(
        schema,
        [item.title for item in prepared.items],
        version,
        prepared.errors,
        {
            CLASS: class_names,
            NOTES: [_notes(image) for image in images],
            **{name: prepared.measures.get(name, ()) for name in MEASURES},
        },
        probabilities,
    )


def _notes(item: LabelledImage | Unclassified) -> str | None:
    return "; ".join(item.notes) or None if isinstance(item, LabelledImage) else None


def _map_ahead(
    function: Callable[[_Item], _Result], items: Iterator[_Item], threads: int
) -> Iterator[_Result]:
    """Yields a result for each item, in their order, and works on some ahead."""
    waiting: deque[Future[_Result]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
