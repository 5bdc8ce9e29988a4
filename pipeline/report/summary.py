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
from pipeline.serving.labelled_images import LabelledImage, Unclassified

if TYPE_CHECKING:
    from pipeline.serving.predictions import Prediction

# Images of which is said what was done to them.
_NOTED = 20


def print_summary(
    console: Console,
    run: Run,
    results: EvaluationResults,
    validation: InfraValidation,
) -> None:
    """Prints the accuracies, the verdict and the folder of the model.

    Args:
        console: Where to print.
        run: The run, as it was read from ML Metadata.
        results: The Evaluator's results.
        validation: What InfraValidator found.
    """
    console.print(_accuracies(results))
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
    console: Console,
    predictions: Sequence[Prediction | Unclassified],
    picture: Path | None,
) -> None:
    """Prints predictions, what was done to the images, and the path of their picture.

    Args:
        console: Where to print.
        predictions: The predictions; or for an image, why there is none.
        picture: File of the picture; None if there is none.
    """
    made = [each for each in predictions if not isinstance(each, Unclassified)]
    has_true_classes = any(each.image.true_class_name for each in made)
    table = Table(title="Predictions")
    # Whatever is too long for the terminal is folded, so that nothing is cut.
    for heading in ("image", "predicted", "probability", "next guess"):
        table.add_column(heading, overflow="fold")
    if has_true_classes:
        table.add_column("true class", overflow="fold")
    for prediction in predictions:
        # As Text, because the names of files and classes may hold brackets.
        if isinstance(prediction, Unclassified):
            table.add_row(Text(prediction.title), Text(prediction.reason, style="red"))
            continue
        cells: list[Text | str] = [
            Text(prediction.image.title),
            Text(prediction.class_name),
            f"{prediction.probability:.4f}",
            Text("{} {:.4f}".format(*prediction.answer.ranked()[1])),
        ]
        if has_true_classes:
            cells.append(Text(prediction.image.true_class_name or "unknown"))
        table.add_row(*cells)
    console.print(table)
    _print_notes(console, [each.image for each in made])
    if picture:
        console.print(f"Picture: {shorten_path(picture)}", markup=False, soft_wrap=True)


def _print_notes(console: Console, images: Sequence[LabelledImage]) -> None:
    noted = [image for image in images if image.notes]
    for image in noted[:_NOTED]:
        console.print(f"{image.title}: {', '.join(image.notes)}.", markup=False)
    if len(noted) > _NOTED:
        console.print(
            f"{len(noted) - _NOTED:,} more images were changed to fit the model; "
            f"--format json says how."
        )


def _accuracies(results: EvaluationResults) -> Table:
    table = Table(title="Test accuracy")
    table.add_column("class")
    table.add_column("accuracy", justify="right")
    for name, accuracy in results.class_accuracy.items():
        table.add_row(Text(name), f"{accuracy:.4f}")
    table.add_section()
    table.add_row("all", f"{results.accuracy:.4f}", style="bold")
    return table
