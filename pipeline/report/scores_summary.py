"""Prints what was scored, and how it compares with the training images."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from pipeline.formatting import shorten_path
from pipeline.report.drift_page import VERDICTS
from pipeline.scoring.drift import Drift
from pipeline.scoring.image_scores import ImageScores


def page_of(result: Path) -> Path:
    """Returns the path of the page that compares a result with the training images.

    Args:
        result: The file with the scored images.
    """
    return result.with_name(f"{result.name}.drift.html")


def print_scores(console: Console, scores: ImageScores) -> None:
    """Prints what was scored, the verdict, and the features that led to it.

    Args:
        console: Where to print.
        scores: What was scored.
    """

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    before = f", {scores.resumed:,} of them before" if scores.resumed else ""
    say(
        f"{_count(scores.rows, 'image')} in {_count(scores.shards, 'shard')}{before}, "
        f"scored by {scores.version}: {shorten_path(scores.result)}"
    )
    if scores.drift is None:
        if scores.not_compared:
            # It has no path, so a terminal may break it between words.
            console.print(
                f"Not compared: {scores.not_compared}",
                markup=False,
                soft_wrap=not console.is_terminal,
            )
        return
    say(f"{scores.drift.verdict}: {VERDICTS[scores.drift.verdict]}")
    for feature in scores.drift.noticed:
        say(
            f"  {feature.name}: distance {feature.distance:.3f}, threshold "
            f"{feature.threshold:g} ({feature.verdict})"
        )
    say(f"Comparison: {shorten_path(page_of(scores.result))}")


def describe_drift(drift: Drift) -> str:
    """Says in a sentence which features have drifted.

    Args:
        drift: A comparison whose verdict is `drift`.
    """
    named = ", ".join(
        f"{each.name} {each.distance:.3f} (threshold {each.threshold:g})"
        for each in drift.noticed
        if each.verdict == "drift"
    )
    return (
        f"The images have drifted from those that trained the model: {named}; look at "
        f"the page of the comparison, and train on such images if they are to stay."
    )


def scores_as_json(scores: ImageScores) -> dict[str, object]:
    """Returns what was scored as JSON values.

    Args:
        scores: What was scored.
    """
    drift = scores.drift
    return {
        "to": str(scores.result),
        "version": scores.version,
        "images": scores.rows,
        "failed": scores.failed,
        "shards": scores.shards,
        "resumed_shards": scores.resumed,
        "verdict": drift and drift.verdict,
        "not_compared": scores.not_compared or None,
        "features": drift
        and [
            {
                "name": each.name,
                "distance": each.distance,
                "threshold": each.threshold,
                "verdict": each.verdict,
            }
            for each in drift.features
        ],
        "page": drift and str(page_of(scores.result)),
    }


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
