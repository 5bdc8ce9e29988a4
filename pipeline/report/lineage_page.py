"""Renders the page of an artifact's lineage."""

from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact
from pipeline.report.lineage_figure import draw_lineage
from pipeline.report.page import picture, render


def render_lineage(graph: LineageGraph, subject: Artifact) -> str:
    """Renders the page of an artifact's lineage.

    Args:
        graph: The lineage of all artifacts.
        subject: The artifact.

    Returns:
        HTML that refers to no other file.
    """
    artifacts = [*graph.ancestors(subject), subject, *graph.descendants(subject)]
    return render(
        "lineage.html.j2",
        graph=graph,
        subject=subject,
        artifacts=artifacts,
        lineage=picture(draw_lineage(graph, artifacts, [subject])),
    )
