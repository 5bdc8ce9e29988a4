"""Reads what runs left."""

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
