"""Runs the pipeline's nodes in this process."""

import networkx as nx

from pipeline.metadata.connection import open_store
from pipeline.metadata.records import Run, State
from pipeline.metadata.run_reader import load_run
from pipeline.running.launcher import PipelineLauncher, upstream_nodes
from pipeline.settings import Settings
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)


def launch_all(
    settings: Settings, run_id: str, before: str | None = None
) -> tuple[dict[str, State], Run]:
    """Launches the nodes in their order.

    Args:
        settings: Settings of the run.
        run_id: Identifier of the run.
        before: Name of the node to stop at, without launching it; all if not given.

    Returns:
        How each node ended, by its name, and the run as ML Metadata has it.
    """
    launcher = PipelineLauncher(settings, run_id)
    node_ids = launcher.node_ids
    if before:
        node_ids = node_ids[: node_ids.index(before)]
    states = {node_id: launcher.launch(node_id) for node_id in node_ids}
    return states, load_run(open_store(settings.metadata_address), run_id)


def data_nodes() -> set[str]:
    """Returns the names of the nodes on which the Trainer depends."""
    graph = nx.DiGraph(
        (before, node_id)
        for node_id, all_before in upstream_nodes(Settings()).items()
        for before in all_before
    )
    return nx.ancestors(graph, "Trainer")
