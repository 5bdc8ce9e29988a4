"""Reads metrics and verdict from TFMA's files."""

from collections.abc import Sequence
from typing import Any

import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma

from components.evaluator.config import ACCURACY, LOSS
from components.evaluator.evaluation_results import EvaluationResults


def load_results(
    evaluation_uri: str, class_names: Sequence[str], floor: float, has_baseline: bool
) -> EvaluationResults:
    """Loads metrics and verdict from TFMA's files.

    Args:
        evaluation_uri: Folder with the files.
        class_names: The classes, in the order of their labels.
        floor: Accuracy below which a model is refused.
        has_baseline: Whether the model was compared with a blessed one.

    Returns:
        The results.
    """
    result = tfma.load_eval_result(
        evaluation_uri,
        # TFMA names the models only when there are two.
        model_name=tfma.CANDIDATE_KEY if has_baseline else None,
    )
    validation = tfma.load_validation_result(evaluation_uri)
    overall = _values(dict(result.slicing_metrics)[()])
    matrix = _confusion_matrix(dict(result.plots)[()], len(class_names))
    return EvaluationResults(
        accuracy=overall[ACCURACY],
        loss=overall[LOSS],
        examples=sum(map(sum, matrix)),
        other_metrics={
            name: value
            for name, value in overall.items()
            if name not in (ACCURACY, LOSS)
            # How far the model is from the baseline, which the results say already.
            and not name.endswith("_diff")
        },
        class_names=tuple(class_names),
        class_accuracy={
            name: row[label] / sum(row)
            for label, (name, row) in enumerate(zip(class_names, matrix, strict=True))
            if any(row)
        },
        confusion_matrix=matrix,
        floor=floor,
        blessed=validation.validation_ok,
        reasons=_reasons(validation),
        baseline_accuracy=_baseline_accuracy(evaluation_uri) if has_baseline else None,
    )


def _baseline_accuracy(evaluation_uri: str) -> float:
    result = tfma.load_eval_result(evaluation_uri, model_name=tfma.BASELINE_KEY)
    return _values(dict(result.slicing_metrics)[()])[ACCURACY]


def _values(metrics: dict[str, Any]) -> dict[str, float]:
    """Returns the numeric metrics, by name, of a model with one output."""
    return {
        name: value["doubleValue"]
        for name, value in metrics[""][""].items()
        if "doubleValue" in value
    }


def _confusion_matrix(plots: dict[str, Any], size: int) -> list[list[int]]:
    matrix = [[0] * size for _ in range(size)]
    (at_threshold,) = plots[""][""]["multiClassConfusionMatrixAtThresholds"]["matrices"]
    for entry in at_threshold["entries"]:
        # The JSON form of a protobuf omits zeros.
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
