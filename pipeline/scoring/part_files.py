"""Defines the table of scored images: of a shard's part, and of the whole result."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline.scoring.measures import CONFIDENCE, NUMBERS

FILE, CLASS, VERSION, NOTES, ERROR = "file", "class", "version", "notes", "error"
MEASURES = tuple(name for name in NUMBERS if name != CONFIDENCE)
"""Columns that only parts have, from which statistics are made."""

_PROBABILITY = "probability of {}"
# So that a name of a class can't be that of a column of ours.
_MEASURE = "measure:{}"
# Rows that are written together, and that are in memory at the same time.
_ROWS = 4096


def part_schema(class_names: Sequence[str]) -> pa.Schema:
    """Returns the columns of a part.

    Args:
        class_names: The classes, in the order of their labels.

    Returns:
        `file`, `class`, the probability of each class, `version`, `notes`, `error`, and
        the measures of the image. Without an answer, only `file`, `version` and `error`
        have a value.
    """
    return pa.schema(
        [
            (FILE, pa.string()),
            (CLASS, pa.string()),
            *((_PROBABILITY.format(name), pa.float32()) for name in class_names),
            (VERSION, pa.string()),
            (NOTES, pa.string()),
            (ERROR, pa.string()),
            *((_MEASURE.format(name), pa.float32()) for name in MEASURES),
        ]
    )


def write_part(path: Path, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Writes a part, some thousand rows at a time.

    Args:
        path: File to write.
        schema: The columns.
        tables: The rows.
    """
    with pa.parquet.ParquetWriter(path, schema) as writer:
        waiting: list[pa.Table] = []
        for table in tables:
            waiting.append(table)
            if sum(each.num_rows for each in waiting) >= _ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))


def read_measures(path: str) -> Iterator[dict[str, pa.Array]]:
    """Reads what statistics are made of, some thousand rows at a time.

    Args:
        path: A part.

    Yields:
        Columns by name, of the images that have an answer: `class`, `MEASURES` and
        `confidence`.
    """
    for batch in _read_batches(path):
        answered = batch.filter(batch.column(CLASS).is_valid())
        if answered.num_rows:
            yield {
                CLASS: answered.column(CLASS),
                CONFIDENCE: pa.compute.max_element_wise(*_probabilities(answered)),
                **{name: answered.column(_MEASURE.format(name)) for name in MEASURES},
            }


def read_errors(path: str | Path) -> Iterator[tuple[str, str]]:
    """Reads which images have an error instead of an answer.

    Args:
        path: A part.

    Yields:
        What the image is called, and its error.
    """
    for batch in _read_batches(path, [FILE, ERROR]):
        failed = batch.filter(batch.column(ERROR).is_valid())
        yield from zip(
            failed.column(FILE).to_pylist(),
            failed.column(ERROR).to_pylist(),
            strict=True,
        )


def join_parts(parts: Sequence[Path], path: Path) -> tuple[int, int]:
    """Writes the rows of all parts into one file, without their measures.

    Args:
        parts: The parts, in the order of their rows.
        path: The file: CSV if its name ends with `.csv`, or else Parquet.

    Returns:
        The number of rows, and of those that have an error instead of an answer.
    """
    schema = pa.parquet.read_schema(parts[0])
    kept = [name for name in schema.names if not name.startswith(_MEASURE.format(""))]
    schema = pa.schema([schema.field(name) for name in kept])
    rows = failed = 0
    with _writer(path, schema) as writer:
        for part in parts:
            for batch in _read_batches(part, kept):
                writer.write_batch(batch)
                rows += batch.num_rows
                failed += batch.num_rows - batch.column(ERROR).null_count
    return rows, failed


def _read_batches(
    part: str | Path, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    with pa.parquet.ParquetFile(part) as file:
        # pyarrow fails on the batches of a file without rows.
        if file.num_row_groups:
            yield from file.iter_batches(_ROWS, columns=columns)


@contextlib.contextmanager
def _writer(path: Path, schema: pa.Schema) -> Iterator[Any]:
    kind = pa.csv.CSVWriter if path.suffix == ".csv" else pa.parquet.ParquetWriter
    with kind(str(path), schema) as writer:
        yield writer


def _probabilities(batch: pa.RecordBatch) -> list[pa.Array]:
    start = _PROBABILITY.format("")
    return [batch.column(name) for name in batch.schema.names if name.startswith(start)]


def rows_table(
    schema: pa.Schema,
    files: Sequence[str],
    version: str,
    errors: Mapping[int, str],
    answered: Mapping[str, Any],
    probabilities: np.ndarray,
) -> pa.Table:
    """Makes rows of a part.

    Args:
        schema: Result of `part_schema`.
        files: What each image is called.
        version: What answers it.
        errors: Why an image has no answer, by its place in `files`.
        answered: Of the M images with an answer, `CLASS`, `NOTES` and each of
            `MEASURES`, sequences of length M.
        probabilities: Those of their classes, float32 of shape (M, classes).

    Returns:
        A table with a row for each file.
    """
    count = len(files)
    counter = itertools.count()
    # Where each file's answer is; a row whose place is None gets no values.
    places = pa.array(
        [None if at in errors else next(counter) for at in range(count)], pa.int32()
    )
    names = schema.names
    first, last = names.index(CLASS) + 1, names.index(VERSION)
    values = {
        **answered,
        **dict(zip(names[first:last], probabilities.T, strict=True)),
    }
    values |= {_MEASURE.format(name): answered[name] for name in MEASURES}
    whole = {
        FILE: files,
        VERSION: [version] * count,
        ERROR: [errors.get(at) for at in range(count)],
    }
    return pa.table(
        [
            pa.array(whole[field.name], field.type)
            if field.name in whole
            else pa.array(values[field.name], field.type).take(places)
            for field in schema
        ],
        schema=schema,
    )
