"""Gathers what a run's page shows, from ML Metadata and the artifacts' files."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from components.evaluator.evaluation_results import RESULTS_FILE, EvaluationResults
from components.evaluator.example_predictions import (
    PREDICTIONS_FILE,
    ExamplePredictions,
)
from components.infra_validator.infra_validation import (
    VALIDATION_FILE,
    InfraValidation,
)
from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.outcomes import Outcome, outcome_of
from pipeline.metadata.records import ENDED_EARLY, Artifact, NodeRun, Run
from pipeline.report.class_accuracy import class_accuracies
from pipeline.report.figures import HISTORY_NAMES
from pipeline.report.split_statistics import (
    SplitStatistics,
    read_anomalies,
    read_statistics,
)

T = TypeVar("T")

# The end of a log has the traceback of what failed.
_LOG_LINES = 30
_HISTORY_FILE = "history.json"
_HISTORY = TypeAdapter(dict[str, list[float]])


@dataclass(frozen=True)
class RunContent:
    """What a run's page shows; None for what the run didn't make or what is gone.

    Attributes:
        run: The run.
        outcome: Its state, accuracy, verdict and version.
        failures: The nodes that failed, or were cancelled or killed.
        results: What the Evaluator measured.
        predictions: Predictions on single test images.
        validation: What InfraValidator found.
        history: Training metrics by name, with a value for each epoch.
        statistics: Statistics by split.
        anomalies: Split, feature and description of each anomaly.
        graph: The lineage of all artifacts of all runs.
        artifacts: What the run made or took from the cache, and everything from which
            that was made.
        absent: Outputs of the run that can't be read, each with its file.
        run_before: The run before this one; None if it is the first.
        baseline_run: The run that trained the blessed model with which this run's
            model was compared; None if there was none.
        baseline_classes: Test accuracy of each class in that run, by name.
        log_end: The last lines of the run's log; empty if there is none.
    """

    run: Run
    outcome: Outcome
    failures: Sequence[NodeRun]
    results: EvaluationResults | None
    predictions: ExamplePredictions | None
    validation: InfraValidation | None
    history: Mapping[str, Sequence[float]] | None
    statistics: Mapping[str, SplitStatistics] | None
    anomalies: Sequence[tuple[str, str, str]] | None
    graph: LineageGraph
    artifacts: Sequence[Artifact]
    absent: Sequence[str]
    run_before: Run | None = None
    baseline_run: Run | None = None
    baseline_classes: Mapping[str, float] = field(default_factory=dict)
    log_end: str = ""

    @property
    def epochs(self) -> int:
        """Number of epochs of which there is a history."""
        return max(map(len, (self.history or {}).values()), default=0)

    @property
    def seconds_per_epoch(self) -> float | None:
        """Median duration of an epoch; None if it wasn't recorded."""
        seconds = (self.history or {}).get("seconds")
        return statistics.median(seconds) if seconds else None

    @property
    def accuracy_change(self) -> float | None:
        """How far the accuracy is above the baseline's; None without a baseline."""
        if self.results is None or self.results.baseline_accuracy is None:
            return None
        return self.results.accuracy - self.results.baseline_accuracy

    @property
    def made(self) -> list[Artifact]:
        """The artifacts that this run made itself."""
        return [
            artifact
            for artifact in self.artifacts
            if (step := self.graph.step(artifact)) and step.run_id == self.run.run_id
        ]

    @property
    def validation_split(self) -> str:
        """Split on which each epoch was evaluated."""
        return "validation" if "validation" in (self.statistics or {}) else "test"

    @property
    def floor(self) -> object:
        """Accuracy below which the model is refused; None if the run has none."""
        if self.results is not None and self.results.floor is not None:
            return self.results.floor
        return self.parameter("Evaluator", "min_accuracy")

    def parameter(self, node_id: str, name: str) -> object:
        """Returns the value of a node's parameter; None if the run doesn't have it."""
        node = self.run.node(node_id)
        return node.parameters.get(name) if node else None


def gather_content(
    run: Run, runs: Sequence[Run], log_file: Path | None = None
) -> RunContent:
    """Gathers what a run's page shows.

    Args:
        run: The run.
        runs: All runs in the store, the newest first; the run's artifacts may come
            from others.
        log_file: The run's log; None if it isn't known.

    Returns:
        The content; None for what is missing.
    """
    graph = LineageGraph(runs)
    baseline_run = _baseline_run(run, runs, graph)
    absent: list[str] = []

    def read(
        node_id: str,
        key: str,
        reader: Callable[[str], T],
        file: str = "",
        missing_names: Callable[[T], Sequence[str]] = lambda content: (),
    ) -> T | None:
        artifact = run.output(node_id, key)
        if artifact is None:
            return None
        title = f"{artifact.type} {artifact.id}"
        path = os.path.join(artifact.uri, file)
        try:
            content = reader(artifact.uri)
        except OSError as error:
            absent.append(f"{title}: {error.filename or path}")
            return None
        except ValueError as error:
            absent.append(f"{title}: {path} ({_describe_error(error)})")
            return None
        if missing := missing_names(content):
            absent.append(f"{title}: {path} has no {', '.join(missing)}")
        return content

    outputs = {artifact.id: artifact for node in run.nodes for artifact in node.made}
    for artifact in list(outputs.values()):
        outputs |= {other.id: other for other in graph.ancestors(artifact)}
    return RunContent(
        run=run,
        outcome=outcome_of(run),
        failures=[
            node
            for node in run.nodes
            if node.state in ENDED_EARLY and node is run.node(node.node_id)
        ],
        results=read(
            "Evaluator",
            "evaluation",
            EvaluationResults.read,
            RESULTS_FILE,
            lambda results: results.missing,
        ),
        predictions=read(
            "Evaluator", "evaluation", ExamplePredictions.read, PREDICTIONS_FILE
        ),
        validation=read(
            "InfraValidator", "blessing", InfraValidation.read, VALIDATION_FILE
        ),
        history=read(
            "Trainer",
            "model_run",
            _read_history,
            _HISTORY_FILE,
            lambda history: [name for name in HISTORY_NAMES if name not in history],
        ),
        statistics=read("StatisticsGen", "statistics", read_statistics),
        anomalies=read("ExampleValidator", "anomalies", read_anomalies),
        graph=graph,
        artifacts=[outputs[each] for each in sorted(outputs)],
        absent=list(dict.fromkeys(absent)),
        run_before=_run_before(run, runs),
        baseline_run=baseline_run,
        baseline_classes=class_accuracies(baseline_run) if baseline_run else {},
        log_end=_log_end(log_file),
    )


def _run_before(run: Run, runs: Sequence[Run]) -> Run | None:
    ids = [each.run_id for each in runs]
    at = ids.index(run.run_id) + 1 if run.run_id in ids else len(runs)
    return runs[at] if at < len(runs) else None


def _baseline_run(run: Run, runs: Sequence[Run], graph: LineageGraph) -> Run | None:
    evaluator = run.node("Evaluator")
    for baseline in evaluator.inputs.get("baseline_model", ()) if evaluator else ():
        step = graph.step(baseline)
        for other in runs:
            if step and other.run_id == step.run_id and other is not run:
                return other
    return None


def _log_end(log_file: Path | None) -> str:
    try:
        text = log_file.read_text(errors="replace") if log_file else ""
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-_LOG_LINES:])


def _read_history(uri: str) -> Mapping[str, Sequence[float]]:
    return _HISTORY.validate_json(Path(uri, _HISTORY_FILE).read_bytes())


def _describe_error(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join([*map(str, first["loc"]), first["msg"]])
    return str(error)
