"""Draws the figures of the pages."""

from collections.abc import Mapping, Sequence

import networkx
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact
from pipeline.report.split_statistics import SplitStatistics
from pipeline.report.svg import (
    FIRST,
    INK,
    LINE,
    MUTED,
    SECOND,
    SURFACE,
    THIRD,
    draw_svg,
)

HISTORY_NAMES = ("accuracy", "val_accuracy", "loss", "val_loss")
"""Metrics of the training that are drawn."""

# Width and height of a figure that stands beside another one, in inches.
_PANEL = (4.4, 2.8)
_SPLIT_COLORS = (FIRST, SECOND, THIRD)
# Width and height of a box, and of the cell around it, in inches.
_BOX, _CELL = (1.9, 0.46), (2.1, 0.86)
# With more artifacts, a graph can't be read.
_MAX_ARTIFACTS = 60


def draw_training(
    history: Mapping[str, Sequence[float]], split: str = "test"
) -> list[str]:
    """Draws the curves of accuracy and loss over the epochs.

    Args:
        history: The value after each epoch, for each of `HISTORY_NAMES`. A figure is
            left out if one of its two curves is missing.
        split: Split on which each epoch was evaluated.

    Returns:
        At most two `svg` elements.
    """
    return [
        _draw_curve(name, history, split)
        for name in ("accuracy", "loss")
        if history.get(name) and history.get(f"val_{name}")
    ]


def draw_histograms(
    features: Sequence[str], statistics: Mapping[str, SplitStatistics]
) -> list[str]:
    """Draws how the values of numeric features are spread in each split.

    Args:
        features: Names of the features.
        statistics: Statistics by the name of the split.

    Returns:
        An `svg` element for each feature.
    """
    return [_draw_histogram(feature, statistics) for feature in features]


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


def _draw_curve(name: str, history: Mapping[str, Sequence[float]], split: str) -> str:
    epochs = range(1, len(history[name]) + 1)
    curves = {"train": history[name], split: history[f"val_{name}"]}
    upper_label = max(curves, key=lambda label: curves[label][-1])

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for (label, values), color in zip(curves.items(), (FIRST, SECOND), strict=True):
            axes.plot(epochs, values, color=color, marker="o", markersize=3.5)
            # The curve's name stands at its last value. The upper curve's is above the
            # value and the other one's below, so they don't overlap.
            upper = label == upper_label
            axes.annotate(
                f"{label} {values[-1]:.3f}",
                (epochs[-1], values[-1]),
                (6, 1 if upper else -1),
                textcoords="offset points",
                va="bottom" if upper else "top",
                color=color,
            )
        axes.set_title(name.capitalize())
        axes.set_xlabel("epoch")
        axes.set_xlim(0.8, len(epochs) + max(1.0, 0.32 * len(epochs)))
        ticks = MaxNLocator(integer=True, nbins=6).tick_values(1, len(epochs))
        axes.set_xticks([tick for tick in ticks if 1 <= tick <= len(epochs)])

    ends = " and ".join(
        f"{values[-1]:.3f} on the {label} split" for label, values in curves.items()
    )
    text = f"Curves of the {name} over {len(epochs)} epochs, which end at {ends}."
    return draw_svg(paint, _PANEL, f"training-{name}", text)


def _draw_histogram(feature: str, statistics: Mapping[str, SplitStatistics]) -> str:
    numbers = {split: each.numbers[feature] for split, each in statistics.items()}

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for at, (split, of_split) in enumerate(numbers.items()):
            total = sum(of_split.counts) or 1
            axes.stairs(
                [100 * count / total for count in of_split.counts],
                of_split.edges,
                color=_SPLIT_COLORS[at % len(_SPLIT_COLORS)],
                linewidth=1.8,
                label=split,
            )
        axes.set_title(feature.capitalize())
        axes.set_ylabel("% of the images")
        axes.legend(labelcolor=MUTED)

    means = ", ".join(f"{each.mean:.3f} in {split}" for split, each in numbers.items())
    text = f"Histogram of the {feature} in each split; its mean is {means}."
    return draw_svg(paint, _PANEL, f"histogram-{feature}", text)


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
