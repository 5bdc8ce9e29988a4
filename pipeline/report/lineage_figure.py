"""Draws what was made from what, as a graph, and renders the page of it."""

from collections.abc import Sequence

import networkx
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact
from pipeline.report.page import picture, render
from pipeline.report.svg import FIRST, INK, LINE, MUTED, SURFACE, draw_svg

# Width and height of a box, and of the cell around it, in inches.
_BOX, _CELL = (1.9, 0.46), (2.1, 0.86)
# With more artifacts, a graph can't be read.
_MAX_ARTIFACTS = 60


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


def draw_lineage(
    graph: LineageGraph, artifacts: Sequence[Artifact], highlighted: Sequence[Artifact]
) -> str:
    """Draws artifacts as a graph; each stands below those from which it was made.

    Args:
        graph: The lineage.
        artifacts: What to draw.
        highlighted: Artifacts whose boxes get a thick border.

    Returns:
        An `svg` element; an empty string if there is nothing to draw, or too much.
    """
    if not 0 < len(artifacts) <= _MAX_ARTIFACTS:
        return ""
    drawn = networkx.DiGraph()
    drawn.add_nodes_from(artifact.id for artifact in artifacts)
    drawn.add_edges_from(graph.edges(artifacts))
    # Leaves out an arrow if other arrows lead from its start to its end.
    drawn = networkx.transitive_reduction(drawn)
    places = _layout(drawn)
    columns = max(column for column, _ in places.values()) + 1
    rows = max(row for _, row in places.values()) + 1
    by_id = {artifact.id: artifact for artifact in artifacts}

    def paint(figure: Figure) -> None:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(-0.5 * _CELL[0], (columns - 0.5) * _CELL[0])
        axes.set_ylim(0.5 * _CELL[1] - rows * _CELL[1], 0.5 * _CELL[1])
        for read, made in drawn.edges:
            axes.add_patch(
                FancyArrowPatch(
                    _position(places[read], -0.5),
                    _position(places[made], 0.5),
                    arrowstyle="-|>",
                    mutation_scale=9,
                    color=MUTED,
                    linewidth=0.9,
                    shrinkA=0,
                    shrinkB=0,
                )
            )
        for artifact_id, place in places.items():
            x, y = _position(place, 0)
            artifact = by_id[artifact_id]
            axes.add_patch(
                FancyBboxPatch(
                    (x - _BOX[0] / 2, y - _BOX[1] / 2),
                    *_BOX,
                    boxstyle="round,pad=0,rounding_size=0.08",
                    facecolor=SURFACE,
                    edgecolor=FIRST if artifact in highlighted else LINE,
                    linewidth=1.8 if artifact in highlighted else 1.0,
                )
            )
            title, _, detail = graph.describe(artifact).partition(", ")
            step = graph.step(artifact)
            detail = detail or (f"by {step.node.node_id}" if step else "")
            axes.text(x, y + 0.09, title, ha="center", va="center", color=INK)
            axes.text(
                x, y - 0.1, detail, ha="center", va="center", color=MUTED, fontsize=7.5
            )

    made_from = "; ".join(
        f"{graph.describe(by_id[made])} from "
        f"{', '.join(graph.describe(by_id[read]) for read in drawn.predecessors(made))}"
        for made in networkx.topological_sort(drawn)
        if drawn.in_degree(made)
    )
    return draw_svg(
        paint,
        (columns * _CELL[0], rows * _CELL[1]),
        "lineage",
        f"Graph of what was made from what: {made_from or 'a single artifact'}.",
    )


def _layout(graph: networkx.DiGraph) -> dict[int, tuple[float, int]]:
    """Returns the column and row of each node: below its predecessors and near them."""
    generations = [sorted(each) for each in networkx.topological_generations(graph)]
    columns = max(len(generation) for generation in generations)
    places: dict[int, tuple[float, int]] = {}

    def mean_column(node: int) -> float:
        """Returns the mean column of the node's predecessors."""
        above = [places[each][0] for each in graph.predecessors(node)]
        return sum(above) / len(above) if above else 0.0

    for row, generation in enumerate(generations):
        # The nodes of a row are centred.
        start = (columns - len(generation)) / 2
        ordered = sorted(generation, key=mean_column)
        places |= {node: (start + at, row) for at, node in enumerate(ordered)}
    return places


def _position(place: tuple[float, int], height: float) -> tuple[float, float]:
    """Returns the coordinates of a box, in inches.

    Args:
        place: Column and row of the box.
        height: 0 for the middle of the box, -0.5 for its lower edge, 0.5 for its upper.
    """
    column, row = place
    return column * _CELL[0], -row * _CELL[1] + height * _BOX[1]
