"""Shows what a run made on Kubeflow's pages, as artifacts of Kubeflow's own kinds.

A step writes them into its container, and Kubeflow's launcher uploads them to its own
store. They are copies: nothing here reads them back, and ML Metadata has the originals.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kfp import dsl
from kfp.dsl.executor import create_artifact_instance

from components.evaluator.evaluation_results import EvaluationResults
from pipeline.metadata.connection import open_store
from pipeline.metadata.outcomes import outcome_of
from pipeline.metadata.records import Run
from pipeline.metadata.run_reader import load_run, load_runs

OUTPUT_ARTIFACTS: Mapping[str, Mapping[str, type[dsl.Artifact]]] = {
    "Evaluator": {
        "metrics": dsl.Metrics,
        "confusion_matrix": dsl.ClassificationMetrics,
    },
    "Pusher": {"report": dsl.HTML, "pushed_model": dsl.Model},
}
"""The artifacts that a node's step shows, by the name of the node."""


def write_output_artifacts(
    executor_input: str, node_ids: Iterable[str], run_id: str, metadata_address: str
) -> None:
    """Writes the artifacts of nodes, and the file that describes them to the launcher.

    Args:
        executor_input: JSON by which Kubeflow says where to write.
        node_ids: Names of the step's nodes. They have ended.
        run_id: Identifier of the run.
        metadata_address: Address of ML Metadata.
    """
    outputs = json.loads(executor_input)["outputs"]
    artifacts: dict[str, Any] = {}
    for node_id in node_ids:
        shown = {
            name: create_artifact_instance(outputs["artifacts"][name]["artifacts"][0])
            for name in OUTPUT_ARTIFACTS.get(node_id, ())
        }
        for artifact in shown.values():
            Path(artifact.path).parent.mkdir(parents=True, exist_ok=True)
        try:
            if shown:
                _WRITERS[node_id](run_id, metadata_address, **shown)
                artifacts |= shown
        except Exception:
            # Other nodes of the step can be shown nevertheless.
            logging.exception("What came of %s could not be shown.", node_id)
    description = {
        name: {
            "artifacts": [
                {"name": each.name, "uri": each.uri, "metadata": each.metadata}
            ]
        }
        for name, each in artifacts.items()
    }
    file = Path(outputs["outputFile"])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"artifacts": description}))


def _write_evaluation(
    run_id: str,
    metadata_address: str,
    metrics: dsl.Metrics,
    confusion_matrix: dsl.ClassificationMetrics,
) -> None:
    run = load_run(open_store(metadata_address), run_id)
    evaluation = run.output("Evaluator", "evaluation")
    if evaluation is None:
        return
    results = EvaluationResults.read(evaluation.uri)
    reasons = "; ".join(results.reasons)
    metrics.metadata["verdict"] = (
        "blessed" if results.blessed else f"refused: {reasons}"
    )
    figures = {
        "accuracy": results.accuracy,
        "loss": results.loss,
        "floor of accuracy": results.floor,
        "accuracy of the latest blessed model": results.baseline_accuracy,
        "test examples": results.examples,
        **results.other_metrics,
    }
    for name, value in figures.items():
        if value is not None:
            metrics.log_metric(name, value)
    confusion_matrix.log_confusion_matrix(
        list(results.class_names), results.confusion_matrix
    )


def _write_report_and_model(
    run_id: str, metadata_address: str, report: dsl.HTML, pushed_model: dsl.Model
) -> None:
    # Imported late, since the Evaluator's step needs no figures.
    from pipeline.report.content import gather_content
    from pipeline.report.run_page import render_run

    store = open_store(metadata_address)
    run = load_run(store, run_id)
    _describe_model(run, pushed_model)
    page = render_run(gather_content(run, load_runs(store)))
    Path(report.path).write_text(page, encoding="utf-8")


def _describe_model(run: Run, pushed_model: dsl.Model) -> None:
    outcome = outcome_of(run)
    artifact = run.output("Pusher", "pushed_model")
    properties = artifact.properties if artifact else {}
    pushed_model.metadata |= {
        "pushed": outcome.version is not None,
        "verdict": outcome.verdict,
    }
    if outcome.version:
        # The artifact keeps the URI that the launcher gave it: it may upload nothing to
        # another place.
        pushed_model.metadata |= {
            "version": outcome.version,
            "address": str(properties.get("pushed_destination", "")),
            "framework": "TensorFlow",
        }
    Path(pushed_model.path).write_text(
        "".join(f"{name}: {value}\n" for name, value in pushed_model.metadata.items())
    )


_WRITERS: Mapping[str, Callable[..., None]] = {
    "Evaluator": _write_evaluation,
    "Pusher": _write_report_and_model,
}
