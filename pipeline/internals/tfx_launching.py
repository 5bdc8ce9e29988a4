"""TFX's compiler and launcher of single nodes.

TFX has no public function that runs one node of a pipeline. LocalDagRunner runs all
nodes, continues when a node's inputs can't be resolved, and supports neither steps in
containers nor retries. This module calls the functions that LocalDagRunner calls.
"""

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.components.util import model_utils
from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import (
    cache_utils,
    launcher,
    runtime_parameter_utils,
)
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2
from tfx.types import Artifact
from tfx.types.standard_artifacts import InfraBlessing

from pipeline.internals.beam_lookups import remembered_lookups


def compile_for_run(pipeline: Pipeline, run_id: str) -> pipeline_pb2.Pipeline:
    """Compiles a pipeline for one run.

    Args:
        pipeline: The pipeline.
        run_id: Identifier of the run.

    Returns:
        TFX's intermediate representation.
    """
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(
        ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id}
    )
    for node in ir.nodes:
        _read_inputs_from_run_only(node.pipeline_node)
    return ir


def launch_node(
    ir: pipeline_pb2.Pipeline,
    node: pipeline_pb2.PipelineNode,
    connection: metadata.Metadata,
    not_compared: Collection[str] = (),
) -> None:
    """Runs a node, or takes its outputs from TFX's cache.

    It returns normally even if the node's inputs can't be resolved, so the caller must
    read the node's state from ML Metadata.

    Args:
        ir: The pipeline, compiled for a run.
        node: One of its nodes.
        connection: Connection to ML Metadata.
        not_compared: Inputs that may differ from those of an earlier execution whose
            outputs are taken from the cache.
    """
    node_id = node.node_info.id
    deployment = runner_utils.extract_local_deployment_config(ir)
    with use_cache_rules(not_compared), _no_flags(), remembered_lookups():
        launcher.Launcher(
            pipeline_node=node,
            mlmd_connection=connection,
            pipeline_info=ir.pipeline_info,
            pipeline_runtime_spec=ir.runtime_spec,
            executor_spec=runner_utils.extract_executor_spec(deployment, node_id),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(
                deployment, node_id
            ),
        ).launch()


@contextmanager
def _no_flags() -> Iterator[None]:
    """Hides the options of this process from TFX.

    TFX takes the command line of any process for flags of absl. Some other programs
    have options of the same names, for example `pytest -v`.
    """
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments


@contextmanager
def use_cache_rules(not_compared: Collection[str] = ()) -> Iterator[None]:
    """Changes what TFX's cache compares and takes, for which TFX has no option.

    It leaves out inputs, and takes no InfraBlessing that refuses: what was too slow, or
    had too little memory, may have been the machine. It finds the outputs of an earlier
    execution by their identifiers. TFX takes the artifacts in the order in which the
    store returns them, and PostgreSQL returns them in any order: a node with two
    outputs then had one in place of the other.

    Args:
        not_compared: Inputs to leave out.
    """
    get_cache_context = cache_utils.get_cache_context
    get_cached_outputs = cache_utils.get_cached_outputs
    get_outputs_of_execution = cache_utils._get_outputs_of_execution

    def compare(*, input_artifacts: Any, **others: Any) -> Any:
        compared = {
            key: each
            for key, each in (input_artifacts or {}).items()
            if key not in not_compared
        }
        return get_cache_context(input_artifacts=compared, **others)

    def take(**arguments: Any) -> Any:
        outputs = get_cached_outputs(**arguments)
        artifacts = [each for some in (outputs or {}).values() for each in some]
        refused = any(
            artifact.type_name == InfraBlessing.TYPE_NAME
            and not model_utils.is_infra_validated(artifact)
            for artifact in artifacts
        )
        return None if refused else outputs

    cache_utils.get_cache_context = compare
    cache_utils.get_cached_outputs = take
    cache_utils._get_outputs_of_execution = _find_live_outputs
    try:
        yield
    finally:
        cache_utils.get_cache_context = get_cache_context
        cache_utils.get_cached_outputs = get_cached_outputs
        cache_utils._get_outputs_of_execution = get_outputs_of_execution


def _find_live_outputs(
    metadata_handle: metadata.Metadata, execution_id: int
) -> dict[str, Sequence[Artifact]] | None:
    """Returns the outputs of an execution by their names, if all are still there."""
    outputs = execution_lib.get_output_artifacts(metadata_handle, execution_id)
    is_whole = all(
        artifact.mlmd_artifact.state == metadata_store_pb2.Artifact.LIVE
        for artifacts in outputs.values()
        for artifact in artifacts
    )
    return outputs if is_whole else None


def _read_inputs_from_run_only(node: pipeline_pb2.PipelineNode) -> None:
    """Makes TFX look for a run's own artifacts only in that run.

    By default, TFX also reads all earlier executions of the pipeline and takes what
    both lists contain. Then each run would take longer than the one before.
    """
    for input_spec in node.inputs.inputs.values():
        for channel in input_spec.channels:
            queries = {query.type.name: query for query in channel.context_queries}
            if constants.PIPELINE_RUN_CONTEXT_TYPE_NAME in queries:
                channel.context_queries.remove(
                    queries[constants.PIPELINE_CONTEXT_TYPE_NAME]
                )
