"""Prints the results of a run on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.evaluator.evaluation_results import EvaluationResults
from components.infra_validator.infra_validation import InfraValidation
from pipeline.formatting import shorten_path
from pipeline.metadata.records import Run

if TYPE_CHECKING:
    from pipeline.serving.predictions import Prediction


def print_summary(
    console: Console,
    run: Run,
    results: EvaluationResults,
    validation: InfraValidation,
) -> None:
    """Prints the stages, the accuracies, the verdict and the folder of the model.

    Args:
        console: Where to print.
        run: The run, as it was read from ML Metadata.
        results: The Evaluator's results.
        validation: What InfraValidator found.
    """
    console.print(_stages(run), _accuracies(results))
    for name, metric in results.other_metrics.items():
        console.print(f"{name}: {metric:.4f}")
    reasons = [*results.reasons, *validation.reasons]
    if not reasons:
        console.print(
            f"[green]Blessed[/]: test accuracy {results.accuracy:.4f} meets the floor "
            f"and is no regression."
        )
    else:
        console.print(
            Text.assemble(("Refused", "red"), f": {'; '.join(reasons)}."),
            soft_wrap=True,
        )
    pushed = run.output("Pusher", "pushed_model")
    if pushed and pushed.properties.get("pushed"):
        console.print(
            f"Model: {shorten_path(pushed.properties['pushed_destination'])}",
            markup=False,
            soft_wrap=True,
        )
    else:
        console.print("Model: not pushed")


def print_predictions(
    console: Console, predictions: Sequence[Prediction], picture: Path | None
) -> None:
    """Prints predictions and the path of their picture.

    Args:
        console: Where to print.
        predictions: The predictions.
        picture: File of the picture; None if there is none.
    """
    table = Table(title="Predictions")
    for heading in ("image", "predicted", "probability", "next guess", "true class"):
        table.add_column(heading)
    for prediction in predictions:
        # As Text, because the names of files and classes may hold brackets.
        table.add_row(
            Text(prediction.image.title),
            Text(prediction.class_name),
            f"{prediction.probability:.4f}",
            Text("{} {:.4f}".format(*prediction.answer.ranked()[1])),
            Text(prediction.image.true_class_name or "unknown"),
        )
    console.print(table)
    if picture:
        console.print(f"Picture: {shorten_path(picture)}", markup=False, soft_wrap=True)


def _stages(run: Run) -> Table:
    table = Table(title="Stages")
    table.add_column("stage")
    table.add_column("state")
    table.add_column("seconds", justify="right")
    for node in run.nodes:
        table.add_row(node.node_id, node.state.value, f"{node.seconds:.1f}")
    return table


def _accuracies(results: EvaluationResults) -> Table:
    table = Table(title="Test accuracy")
    table.add_column("class")
    table.add_column("accuracy", justify="right")
    for name, accuracy in results.class_accuracy.items():
        table.add_row(Text(name), f"{accuracy:.4f}")
    table.add_section()
    table.add_row("all", f"{results.accuracy:.4f}", style="bold")
    return table
