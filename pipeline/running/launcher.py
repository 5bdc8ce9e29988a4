"""Launches single nodes of the compiled pipeline, for every runner.

TFX's LocalDagRunner does the same, but continues when a node's inputs can't be
resolved.
"""

import logging
from pathlib import Path

import ml_metadata
from tfx.orchestration import metadata
from tfx.proto.orchestration import pipeline_pb2

from components.errors import NodeFailedError
from components.machine import Machine
from components.processors import list_accelerators, share_cores
from pipeline.internals.tfx_launching import compile_for_run, launch_node
from pipeline.metadata.connection import connection_config
from pipeline.metadata.conversion import ERROR_PROPERTY
from pipeline.metadata.records import State
from pipeline.metadata.run_facts import RUN_TYPE, RunFacts, read_facts, write_facts
from pipeline.metadata.run_reader import load_node
from pipeline.pipeline import (
    NEVER_CACHED,
    NOT_COMPARED_BY_CACHE,
    create_pipeline,
)
from pipeline.settings import Settings

_COMPLETED = (State.RAN, State.CACHED)


def upstream_nodes(settings: Settings) -> dict[str, list[str]]:
    """Returns the nodes' names, each with the names of its upstream nodes.

    Args:
        settings: The settings of the run.

    Returns:
        For each node, the nodes that must end before it starts.
    """
    return {
        node.node_info.id: list(node.upstream_nodes) for node in compile_nodes(settings)
    }


def compile_nodes(settings: Settings) -> list[pipeline_pb2.PipelineNode]:
    """Compiles the pipeline's nodes, for callers that run nothing.

    Args:
        settings: The settings of the run.

    Returns:
        The nodes, each after those that it depends on.
    """
    ir = compile_for_run(create_pipeline(settings), run_id="")
    return [node.pipeline_node for node in ir.nodes]


class PipelineLauncher:
    """Launches the nodes of one run."""

    def __init__(self, settings: Settings, run_id: str, facts: RunFacts | None = None):
        """Compiles the pipeline.

        Args:
            settings: The settings of the run.
            run_id: Identifier of the run, the same for all its nodes and retries.
            facts: What the user says of the run, which ML Metadata is to record.
        """
        self._run_id = run_id
        self._facts = facts or RunFacts()
        self._root = settings.root
        self._connection_config = connection_config(settings.metadata_address)
        if "://" not in settings.metadata_address:
            Path(settings.metadata_address).parent.mkdir(parents=True, exist_ok=True)
        # The first use of TensorFlow fixes the number of its threads.
        share_cores(settings.batch_size)
        self._ir = compile_for_run(create_pipeline(settings), run_id)
        # Each after those that it depends on.
        self._nodes = {
            node.pipeline_node.node_info.id: node.pipeline_node
            for node in self._ir.nodes
        }
        for node_id in NEVER_CACHED:
            options = self._nodes[node_id].execution_options
            options.caching_options.enable_cache = False

    @property
    def node_ids(self) -> list[str]:
        """Names of the nodes, each after those that it depends on."""
        return list(self._nodes)

    def launch(self, node_id: str) -> State:
        """Runs one node, or takes its outputs from the cache.

        A node that has already succeeded in this run isn't run again, so a retry
        changes nothing.

        Args:
            node_id: Name of the node.

        Returns:
            How the node ended, as ML Metadata recorded it.

        Raises:
            NodeFailedError: If the node failed, or its inputs could not be resolved.
        """
        if node_id not in self._nodes:
            raise NodeFailedError(
                f"A node must be one of the pipeline's; received {node_id!r}; choose "
                f"from {', '.join(self._nodes)}."
            )
        try:
            # TFX checks this itself, but not for a Resolver.
            state = self._state(node_id)
            if state in _COMPLETED:
                return state
            self._record_facts()
            launch_node(
                self._ir,
                self._nodes[node_id],
                self._connection(),
                NOT_COMPARED_BY_CACHE.get(node_id, ()),
            )
        except Exception as error:
            self._record_error(node_id, error)
            raise NodeFailedError(f"{node_id} failed: {error}") from error
        # TFX's launcher returns normally even if inputs can't be resolved.
        state = self._state(node_id)
        if state not in _COMPLETED:
            raise NodeFailedError(
                f"{node_id} did not complete: ML Metadata has it as {state.value}, "
                f"since its inputs could not be resolved; check the nodes before it."
            )
        return state

    def _record_facts(self) -> None:
        """Records the run's facts before its first node, whichever step launches it."""
        with self._connection() as handle:
            store: ml_metadata.MetadataStore = handle.store
            context = store.get_context_by_type_and_name(RUN_TYPE, self._run_id)
            if read_facts(context).machine is None:
                machine = Machine.describe(list_accelerators())
                known = {"machine": machine, "output": self._root}
                write_facts(store, self._run_id, self._facts.model_copy(update=known))

    def _connection(self) -> metadata.Metadata:
        return metadata.Metadata(self._connection_config)

    def _state(self, node_id: str) -> State:
        with self._connection() as handle:
            node = load_node(handle.store, self._run_id, node_id)
        return node.state if node else State.FAILED

    def _record_error(self, node_id: str, error: Exception) -> None:
        """Records an error with its execution, because TFX records only the state."""
        try:
            with self._connection() as handle:
                node = load_node(handle.store, self._run_id, node_id)
                if node:
                    (execution,) = handle.store.get_executions_by_id(
                        [node.execution_id]
                    )
                    properties = execution.custom_properties
                    properties[ERROR_PROPERTY].string_value = str(error)
                    handle.store.put_executions([execution])
        except Exception:
            # The store itself may have failed; the caller reports the first error.
            logging.exception("The error of %s could not be recorded.", node_id)
