"""Makes rows for programs of predictions: as JSON values, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from components.image_files.image_file import to_printable
from pipeline.serving.labelled_images import Unclassified
from pipeline.serving.predictions import Prediction

_COLUMNS = (
    "image",
    "file",
    "class_id",
    "class_name",
    "probability",
    "true_class_name",
    "model_version",
    "notes",
    "error",
)


def to_row(
    answer: Prediction | Unclassified, model_version: int | None = None
) -> dict[str, Any]:
    """Makes a row of a prediction, or of the reason why there is none.

    Args:
        answer: The prediction or the reason.
        model_version: Version of the model, if it is known.

    Returns:
        JSON values by name; the same names in each row. Without a prediction, `error`
        has the reason, and what isn't known is None.
    """
    if isinstance(answer, Unclassified):
        row: dict[str, Any] = dict.fromkeys((*_COLUMNS, "probabilities"))
        return row | {
            "image": answer.title,
            "file": answer.file,
            "notes": [],
            "error": answer.reason,
        }
    return {
        "image": answer.image.title,
        "file": answer.image.file or None,
        "class_id": answer.answer.class_id,
        "class_name": answer.class_name,
        "probability": answer.probability,
        "probabilities": dict(answer.answer.ranked()),
        "true_class_name": answer.image.true_class_name,
        "model_version": model_version,
        "notes": list(answer.image.notes),
        "error": None,
    }


def write_csv(rows: Sequence[Mapping[str, Any]], file: TextIO) -> None:
    """Writes rows as CSV, with a column for the probability of each class.

    Args:
        rows: Rows of `to_row`.
        file: Where to write.
    """
    names = sorted({name for row in rows for name in row["probabilities"] or ()})
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*_COLUMNS, *(f"probability of {name}" for name in names)])
    for row in rows:
        known = row["probabilities"] or {}
        values = [
            *("; ".join(row[key]) if key == "notes" else row[key] for key in _COLUMNS),
            *(known.get(name) for name in names),
        ]
        writer.writerow(_to_cells(values))


def _to_cells(values: Iterable[Any]) -> list[Any]:
    # Names of files may hold bytes that are no UTF-8.
    return [to_printable(each) if isinstance(each, str) else each for each in values]
