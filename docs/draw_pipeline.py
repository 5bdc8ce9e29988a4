"""Draws the compiled pipeline into `docs/pipeline.png`: `make pictures`."""

from collections.abc import Iterable
from pathlib import Path

import networkx
from matplotlib.figure import Figure

from pipeline.running.launcher import compile_nodes
from pipeline.settings import Settings

PICTURE = Path(__file__).with_name("pipeline.png")
OWN_COLOR, TFX_COLOR = "#cfe8ff", "#eeeeee"


def main() -> None:
    """Draws each node in the latest column from which the end can be reached."""
    graph = networkx.DiGraph()
    colors = {}
    for node in compile_nodes(Settings()):
        node_id = node.node_info.id
        own = node.node_info.type.name.startswith("components.")
        colors[node_id] = OWN_COLOR if own else TFX_COLOR
        graph.add_node(node_id)
        graph.add_edges_from((upstream, node_id) for upstream in node.upstream_nodes)
    # An arrow that another path implies tells nothing new.
    graph = networkx.transitive_reduction(graph)
    for column, nodes in enumerate(networkx.topological_generations(graph.reverse())):
        for node_id in nodes:
            graph.nodes[node_id]["column"] = -column
    positions = networkx.multipartite_layout(graph, subset_key="column")

    figure = Figure(figsize=(15, 2.4), layout="constrained")
    axes = figure.add_subplot()
    boxes = {
        node_id: axes.annotate(
            node_id,
            position,
            ha="center",
            va="center",
            fontsize=10,
            bbox={
                "boxstyle": "round,pad=0.6",
                "facecolor": colors[node_id],
                "edgecolor": "#555555",
            },
        )
        for node_id, position in positions.items()
    }
    for upstream, node_id in graph.edges:
        axes.annotate(
            "",
            positions[node_id],
            positions[upstream],
            arrowprops={
                "arrowstyle": "-|>",
                "color": "#555555",
                "patchA": boxes[upstream].get_bbox_patch(),
                "patchB": boxes[node_id].get_bbox_patch(),
            },
        )
    axes.set_xlim(*_padded(x for x, _ in positions.values()))
    axes.set_ylim(*_padded(y for _, y in positions.values()))
    axes.set_axis_off()
    figure.savefig(PICTURE, dpi=110, facecolor="white")


def _padded(values: Iterable[float]) -> tuple[float, float]:
    ordered = sorted(values)
    padding = 0.08 * (ordered[-1] - ordered[0])
    return ordered[0] - padding, ordered[-1] + padding


if __name__ == "__main__":
    main()
