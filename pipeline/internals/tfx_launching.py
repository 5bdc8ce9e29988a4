"""TFX's compiler and launcher of single nodes.

TFX offers no public way to run one node of a pipeline. LocalDagRunner, which runs all,
goes on when a node's inputs can't be resolved, and knows neither steps in containers
nor retries. What it calls inside is called here.
"""

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2


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
        _look_in_run_only(node.pipeline_node)
    return ir


def launch_node(
    ir: pipeline_pb2.Pipeline,
    node: pipeline_pb2.PipelineNode,
    connection: metadata.Metadata,
) -> None:
    """Runs a node, or takes its outputs from TFX's cache.

    It returns as if all were well when the node's inputs can't be resolved: look at
    the state in ML Metadata.

    Args:
        ir: The pipeline, compiled for a run.
        node: One of its nodes.
        connection: Connection to ML Metadata.
    """
    node_id = node.node_info.id
    deployment = runner_utils.extract_local_deployment_config(ir)
    launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=connection,
        pipeline_info=ir.pipeline_info,
        pipeline_runtime_spec=ir.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, node_id),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, node_id),
    ).launch()


def _look_in_run_only(node: pipeline_pb2.PipelineNode) -> None:
    """Has the inputs that a run makes itself looked for in that run alone.

    TFX would read all executions of the pipeline as well, to find what both have, so
    a run would take longer the more runs came before it.
    """
    for input_spec in node.inputs.inputs.values():
        for channel in input_spec.channels:
            queries = {query.type.name: query for query in channel.context_queries}
            if constants.PIPELINE_RUN_CONTEXT_TYPE_NAME in queries:
                channel.context_queries.remove(
                    queries[constants.PIPELINE_CONTEXT_TYPE_NAME]
                )
