"""The outcome of an evaluation, in a form that needs no TensorFlow to read."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

RESULTS_FILE = "results.json"


class EvaluationResults(BaseModel):
    """Metrics on the test split, and the verdict.

    Attributes:
        accuracy: Fraction of the test examples classified rightly.
        loss: Mean cross-entropy, in nats.
        examples: Number of test examples.
        class_accuracy: Accuracy on the examples of each class, by its name.
        confusion_matrix: Counts; a row for each true class, a column for each
            predicted one, in the order of the labels.
        blessed: Whether every threshold was met.
        reasons: A sentence for each threshold that was missed.
        baseline_accuracy: Accuracy of the blessed model that was the one to beat, on
            the same examples; None if there was none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: float
    loss: float
    examples: int
    class_accuracy: Mapping[str, float]
    confusion_matrix: list[list[int]]
    blessed: bool
    reasons: list[str]
    baseline_accuracy: float | None = None

    @classmethod
    def read(cls, evaluation_uri: str) -> "EvaluationResults":
        """Reads the results from the folder of an evaluation artifact."""
        path = Path(os.path.join(evaluation_uri, RESULTS_FILE))
        return cls.model_validate_json(path.read_bytes())
