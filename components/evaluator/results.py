"""The outcome of an evaluation in a form that needs no TFMA to read."""

import json
import os
from typing import Any

import tensorflow_model_analysis as tfma
from tfx.dsl.io import fileio

from components import features
from components.evaluator.config import ACCURACY, CONFUSION_MATRIX

RESULTS_FILE = "results.json"


def write_results(evaluation_uri: str) -> dict[str, Any]:
    """Writes metrics and verdict as JSON beside TFMA's own files.

    Args:
        evaluation_uri: Folder that TFMA wrote.

    Returns:
        What was written: `accuracy` and `loss` of the test split, `examples`,
        `class_accuracy` by class name, `confusion_matrix` (rows are true
        classes), `blessed`, and `reasons`, a sentence for each threshold missed.
    """
    result = tfma.load_eval_result(evaluation_uri)
    by_slice = dict(result.slicing_metrics)
    validation = tfma.load_validation_result(evaluation_uri)
    overall = _values(by_slice[()])
    summary = {
        "accuracy": overall[ACCURACY],
        "loss": overall["sparse_categorical_crossentropy"],
        "examples": int(overall["example_count"]),
        "class_accuracy": {
            name: _values(metrics)[ACCURACY]
            for name in features.CLASS_NAMES
            if (metrics := by_slice.get(((features.CLASS_NAME, name),)))
        },
        "confusion_matrix": _confusion_matrix(dict(result.plots)[()]),
        "blessed": validation.validation_ok,
        "reasons": _reasons(validation),
    }
    with fileio.open(os.path.join(evaluation_uri, RESULTS_FILE), "w") as file:
        file.write(json.dumps(summary, indent=2))
    return summary


def _values(metrics: dict[str, Any]) -> dict[str, float]:
    """Flattens TFMA's output name, sub key and metric name to the metric name."""
    return {
        name: value["doubleValue"]
        for name, value in metrics[""][""].items()
        if "doubleValue" in value
    }


def _confusion_matrix(plots: dict[str, Any]) -> list[list[int]]:
    size = len(features.CLASS_NAMES)
    matrix = [[0] * size for _ in range(size)]
    (at_threshold,) = plots[""][""]["multiClassConfusionMatrixAtThresholds"]["matrices"]
    for entry in at_threshold["entries"]:
        actual = entry.get("actualClassId", 0)
        predicted = entry.get("predictedClassId", 0)
        matrix[actual][predicted] = round(entry["numWeightedExamples"])
    return matrix


def _reasons(validation: Any) -> list[str]:
    reasons = []
    for failed_slice in validation.metric_validations_per_slice:
        for failure in failed_slice.failures:
            threshold = failure.metric_threshold
            received = failure.metric_value.double_value.value
            if threshold.HasField("change_threshold"):
                margin = -threshold.change_threshold.absolute.value
                reasons.append(
                    f"accuracy fell {-received:.4f} below the blessed baseline's, "
                    f"more than the margin of {margin:.4f}"
                )
            else:
                floor = threshold.value_threshold.lower_bound.value
                reasons.append(
                    f"accuracy {received:.4f} is below the floor of {floor:.4f}"
                )
    return reasons
