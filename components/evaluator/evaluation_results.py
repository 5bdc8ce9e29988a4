"""Results of an evaluation, in a file that can be read without TensorFlow."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

RESULTS_FILE = "results.json"
METRIC_PREFIX = "metric_"
"""Prefix of a metric's name among the properties of the evaluation artifact."""


class EvaluationResults(BaseModel):
    """Metrics on the test split, and the verdict.

    Files of earlier versions must stay readable. So a new field needs a default, and
    fields that no longer exist are ignored.

    Attributes:
        accuracy: Fraction of the test examples that are classified correctly.
        loss: Mean cross-entropy, in nats.
        examples: Number of test examples.
        other_metrics: Other metrics on the whole test split, by TFMA's names.
        class_names: Names of the classes, in the order of the labels.
        class_accuracy: Accuracy on the examples of each class, by its name.
        confusion_matrix: Numbers of examples, with a row for each true class and a
            column for each predicted class, in the order of the labels.
        blessed: Whether every threshold was met.
        reasons: A sentence for each threshold that was missed.
        floor: Accuracy below which a model is refused.
        baseline_accuracy: Accuracy of the latest blessed model on the same examples;
            None if there was no such model.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    accuracy: float
    blessed: bool
    loss: float | None = None
    examples: int | None = None
    other_metrics: Mapping[str, float] = {}
    class_names: tuple[str, ...] = ()
    class_accuracy: Mapping[str, float] = {}
    confusion_matrix: list[list[int]] = []
    reasons: list[str] = []
    floor: float | None = None
    baseline_accuracy: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _add_class_names(cls, values: Any) -> Any:
        """Adds the names of the classes, which version 0.1 didn't write."""
        if not isinstance(values, dict) or "class_names" in values:
            return values
        names = list(values.get("class_accuracy") or ())
        count = len(values.get("confusion_matrix") or names)
        # A class without test examples has a row, but no accuracy.
        if len(names) != count:
            names = [f"class {label}" for label in range(count)]
        return values | {"class_names": names}

    @property
    def missing(self) -> list[str]:
        """Names of the fields that an earlier version didn't write.

        `other_metrics` is never missing: a run without it measured no other metrics.
        The floor of an earlier version is a parameter of the Evaluator.
        """
        expected = type(self).model_fields.keys() - {"other_metrics", "floor"}
        return sorted(expected - self.model_fields_set)

    @classmethod
    def read(cls, evaluation_uri: str) -> "EvaluationResults":
        """Reads the results from the folder of an evaluation artifact.

        Args:
            evaluation_uri: The folder.

        Returns:
            The results.

        Raises:
            OSError: If the file can't be read.
            ValueError: If it doesn't contain results.
        """
        path = Path(os.path.join(evaluation_uri, RESULTS_FILE))
        return cls.model_validate_json(path.read_bytes())
