"""Reads the accuracy of each class that a run measured."""

from collections.abc import Mapping

from components.evaluator.evaluation_results import EvaluationResults
from pipeline.metadata.records import Run


def class_accuracies(run: Run) -> Mapping[str, float]:
    """Reads the test accuracy of each class.

    Args:
        run: The run.

    Returns:
        By the name of the class, its accuracy from 0 to 1; empty if the run has no
        evaluation, or its files can't be read.
    """
    evaluation = run.output("Evaluator", "evaluation")
    if evaluation is None:
        return {}
    try:
        return EvaluationResults.read(evaluation.uri).class_accuracy
    except (OSError, ValueError):
        return {}
