"""Draws the compiled pipeline into `docs/pipeline.png`: `make pictures`."""

from pathlib import Path

import networkx
from matplotlib.figure import Figure
from tfx.dsl.compiler import compiler

from pipeline.pipeline import create_pipeline
from pipeline.settings import Settings

PICTURE = Path(__file__).with_name("pipeline.png")
OWN_COLOR, TFX_COLOR = "#cfe8ff", "#eeeeee"


def main() -> None:
    """Draws each node in the column of its longest path from the start."""
    ir = compiler.Compiler().compile(create_pipeline(Settings()))
    graph = networkx.DiGraph()
    colors = {}
    for node in (entry.pipeline_node for entry in ir.nodes):
        node_id = node.node_info.id
        own = node.node_info.type.name.startswith("components.")
        colors[node_id] = OWN_COLOR if own else TFX_COLOR
        graph.add_node(node_id)
        graph.add_edges_from((upstream, node_id) for upstream in node.upstream_nodes)
    # An arrow that another path implies tells nothing new.
    graph = networkx.transitive_reduction(graph)
    for column, nodes in enumerate(networkx.topological_generations(graph)):
        for node_id in nodes:
            graph.nodes[node_id]["column"] = column
    positions = networkx.multipartite_layout(graph, subset_key="column")

    figure = Figure(figsize=(14, 2.8), layout="constrained")
    axes = figure.add_subplot()
    networkx.draw_networkx_edges(graph, positions, ax=axes, node_size=4200)
    for node_id, (x, y) in positions.items():
        axes.text(
            x,
            y,
            node_id,
            ha="center",
            va="center",
            fontsize=9,
            bbox={
                "boxstyle": "round,pad=0.6",
                "facecolor": colors[node_id],
                "edgecolor": "#555555",
            },
        )
    axes.margins(x=0.08, y=0.3)
    axes.set_axis_off()
    figure.savefig(PICTURE, dpi=110, facecolor="white")


if __name__ == "__main__":
    main()
