"""Renders the page that lists all runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from pipeline.metadata.outcomes import differing_parameters, run_rows
from pipeline.metadata.records import Run
from pipeline.report.comparison_figures import draw_runs
from pipeline.report.page import link_to, picture, render
from pipeline.settings import Settings

# With more runs, the figure shows the newest ones.
_MOST_DRAWN = 100


def render_index(
    settings: Settings, runs: Sequence[Run], released: Mapping[str, str | None]
) -> str:
    """Renders the page that lists all runs of an output folder.

    Args:
        settings: Settings with the output folder.
        runs: All runs, the newest first.
        released: The version that the last release chose, by the pipeline's name; None
            or missing if the newest one is served.

    Returns:
        HTML that needs no other file.
    """
    rows = run_rows(runs, released)
    return render(
        "index.html.j2",
        root=settings.root,
        accuracies=_accuracies(rows),
        rows=[{**row, "page": link_to(settings.page_file(row["run"]))} for row in rows],
        differing=differing_parameters(runs),
    )


def _accuracies(rows: Sequence[Mapping[str, Any]]) -> Markup:
    drawn = [row for row in rows if row["accuracy"] is not None][:_MOST_DRAWN][::-1]
    if len(drawn) < 2:
        return Markup()
    floors = [row["parameters"].get("Evaluator.min_accuracy") for row in drawn]
    return picture(
        draw_runs(
            [row["name"] or row["run"] for row in drawn],
            [row["accuracy"] for row in drawn],
            [floor if isinstance(floor, float) else None for floor in floors],
            [row["version"] is not None for row in drawn],
        )
    )
