"""Reads what runs left."""

import json
from pathlib import Path
from typing import Any

from components.evaluator.evaluation_results import EvaluationResults
from pipeline.metadata.connection import open_store
from pipeline.metadata.records import Run
from pipeline.metadata.run_reader import load_runs


def recorded_runs(address: str) -> list[Run]:
    """Returns all runs of a store of ML Metadata, oldest first."""
    return load_runs(open_store(address))[::-1]


def evaluation_of(run: Run) -> EvaluationResults:
    """Returns what a run's Evaluator measured."""
    return EvaluationResults.read(run.output("Evaluator", "evaluation").uri)


def repeatable_figures(output: Path) -> list[dict[str, Any]]:
    """Returns what the same seed gives again: the history and the evaluation.

    Args:
        output: Output folder of one run.
    """
    # Imported late, since it imports Keras, which most tests don't need.
    from components.trainer.training import SECONDS

    files = ("Trainer/*/*/history.json", "Evaluator/evaluation/*/results.json")
    history, results = (
        json.loads(next(output.glob(f"artifacts/{file}")).read_text()) for file in files
    )
    # How long an epoch takes is different each time.
    assert len(history.pop(SECONDS)) == len(history["loss"])
    return [history, results]
