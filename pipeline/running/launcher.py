"""Launches single nodes of the compiled pipeline, for every runner.

TFX's LocalDagRunner does the same, but goes on when a node's inputs can't be
resolved. The private modules of TFX that it takes are imported here alone.
"""

import logging
from pathlib import Path

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.errors import NodeFailedError
from pipeline.metadata.connection import connection_config
from pipeline.metadata.run_reader import ERROR_PROPERTY, State, load_node
from pipeline.pipeline import NEVER_CACHED, create_pipeline
from pipeline.settings import Settings

_COMPLETED = (State.RAN, State.CACHED)


def upstream_nodes(settings: Settings) -> dict[str, list[str]]:
    """Returns the names of the nodes, each with those that must end before it.

    Args:
        settings: All that can be set.
    """
    return {
        node.pipeline_node.node_info.id: list(node.pipeline_node.upstream_nodes)
        for node in _compile(settings).nodes
    }


class PipelineLauncher:
    """A compiled pipeline, bound to a run, whose nodes can be launched."""

    def __init__(self, settings: Settings, run_id: str):
        """Compiles the pipeline.

        Args:
            settings: All that can be set.
            run_id: Identifier of the run, the same for all its nodes and retries.
        """
        self._run_id = run_id
        self._connection_config = connection_config(settings.metadata_address)
        if "://" not in settings.metadata_address:
            Path(settings.metadata_address).parent.mkdir(parents=True, exist_ok=True)
        self._ir = _compile(settings)
        runtime_parameter_utils.substitute_runtime_parameter(
            self._ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id}
        )
        for node in self._ir.nodes:
            _look_in_run_alone(node.pipeline_node)
            if node.pipeline_node.node_info.id in NEVER_CACHED:
                options = node.pipeline_node.execution_options
                options.caching_options.enable_cache = False
        self._deployment = runner_utils.extract_local_deployment_config(self._ir)

    @property
    def node_ids(self) -> list[str]:
        """Names of the nodes, each after those that it depends on."""
        return [node.pipeline_node.node_info.id for node in self._ir.nodes]

    def launch(self, node_id: str) -> State:
        """Runs one node, or takes its outputs from the cache.

        A node that has ended well in this run isn't run again, so that a retry
        changes nothing.

        Args:
            node_id: Name of the node.

        Returns:
            How it ended, as ML Metadata has it.

        Raises:
            NodeFailedError: If it failed, or its inputs could not be resolved.
        """
        pipeline_node = self._node(node_id)
        try:
            # TFX looks by itself, but not for its Resolver.
            state = self._state(node_id)
            if state in _COMPLETED:
                return state
            launcher.Launcher(
                pipeline_node=pipeline_node,
                mlmd_connection=self._connection(),
                pipeline_info=self._ir.pipeline_info,
                pipeline_runtime_spec=self._ir.runtime_spec,
                executor_spec=runner_utils.extract_executor_spec(
                    self._deployment, node_id
                ),
                custom_driver_spec=runner_utils.extract_custom_driver_spec(
                    self._deployment, node_id
                ),
            ).launch()
        except Exception as error:
            self._record_error(node_id, error)
            raise NodeFailedError(f"{node_id} failed: {error}") from error
        # TFX's launcher returns as if all were well when inputs can't be resolved.
        state = self._state(node_id)
        if state not in _COMPLETED:
            raise NodeFailedError(
                f"{node_id} did not complete: ML Metadata has it as {state.value}; "
                f"its inputs could not be resolved, so look at the nodes before it."
            )
        return state

    def _node(self, node_id: str) -> pipeline_pb2.PipelineNode:
        for node in self._ir.nodes:
            if node.pipeline_node.node_info.id == node_id:
                return node.pipeline_node
        raise NodeFailedError(
            f"The pipeline has the nodes {', '.join(self.node_ids)}; received "
            f"{node_id!r}."
        )

    def _connection(self) -> metadata.Metadata:
        return metadata.Metadata(self._connection_config)

    def _state(self, node_id: str) -> State:
        with self._connection() as handle:
            node = load_node(handle.store, self._run_id, node_id)
        return node.state if node else State.FAILED

    def _record_error(self, node_id: str, error: Exception) -> None:
        """Keeps the message with the failed execution; TFX records only the state."""
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
            # The store may be what failed; the first error is the one to tell.
            logging.exception("The error of %s could not be recorded.", node_id)


def _look_in_run_alone(node: pipeline_pb2.PipelineNode) -> None:
    """Has the inputs that a run makes itself looked for in that run alone.

    TFX would read all executions of the pipeline as well, to find what both have, so
    that a run would take the longer, the more runs came before it.
    """
    for input_spec in node.inputs.inputs.values():
        for channel in input_spec.channels:
            queries = {query.type.name: query for query in channel.context_queries}
            if constants.PIPELINE_RUN_CONTEXT_TYPE_NAME in queries:
                channel.context_queries.remove(
                    queries[constants.PIPELINE_CONTEXT_TYPE_NAME]
                )


def _compile(settings: Settings) -> pipeline_pb2.Pipeline:
    return compiler.Compiler().compile(create_pipeline(settings))
