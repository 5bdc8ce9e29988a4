"""Writes the page that compares scored images with the training images."""

from pathlib import Path

from pipeline.report.drift_figures import draw_feature
from pipeline.report.page import picture, render, write_page
from pipeline.report.split_statistics import summarize_statistics
from pipeline.scoring.drift import Drift

VERDICTS = {
    "ok": "The images are like those that trained the model.",
    "warn": "Some images are unlike those that trained the model.",
    "drift": "The images have drifted from those that trained the model.",
}
"""What each verdict means, in a sentence."""


def write_drift_page(path: Path, drift: Drift, scored: str, version: str) -> None:
    """Writes a page with the distances, and both distributions of each feature.

    Args:
        path: File to write.
        drift: The comparison.
        scored: What the file with the scored images is called.
        version: The version, or the run, whose model scored them.

    Raises:
        InputError: If the file can't be written.
    """
    sets = {
        "training": summarize_statistics(drift.training),
        "scored": summarize_statistics(drift.scored),
    }
    page = render(
        "drift.html.j2",
        drift=drift,
        sentence=VERDICTS[drift.verdict],
        scored=scored,
        version=version,
        images={name: each.examples for name, each in sets.items()},
        figures=[
            picture(draw_feature(feature.name, sets)) for feature in drift.features
        ],
    )
    write_page(path, page)
