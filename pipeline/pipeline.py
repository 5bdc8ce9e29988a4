"""Builds the graph of the pipeline, which every runner uses."""

from tfx.components.example_validator.component import ExampleValidator
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.orchestration.pipeline import Pipeline
from tfx.types import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from components.anomaly_gate.component import create_anomaly_gate
from components.code_digest import library_versions
from components.evaluator.component import Evaluator
from components.example_gen.component import ImageExampleGen
from components.infra_validator.component import (
    InfraValidator,
    create_docker_validator,
)
from components.pusher.component import Pusher
from components.schema.component import create_schema_component
from components.statistics_gen.component import StatisticsGen
from components.trainer.component import Trainer
from components.transform.component import Transform
from pipeline.beam import beam_args
from pipeline.settings import EXAMPLE_INDICES, Settings

# Nodes whose effect isn't in their artifacts, which is all that TFX's cache looks at: a
# model that is no longer served, or no longer the newest, must be pushed again.
NEVER_CACHED = ("Pusher",)
# Nodes whose result depends on which model is the latest blessed one.
DEPEND_ON_BASELINE = ("LatestBlessedModel", "Evaluator")
# Inputs that change nothing in what the node makes of its other inputs, so that TFX's
# cache needn't compare them. Another baseline makes the Evaluator run again, but the
# predictions that it keeps of the same model on the same images stay as they are.
NOT_COMPARED_BY_CACHE = {"InfraValidator": ("evaluation",)}


def create_pipeline(settings: Settings) -> Pipeline:
    """Creates the pipeline.

    1. ImageExampleGen writes the images of each split as tf.Examples.
    2. StatisticsGen computes statistics of the examples.
    3. CuratedSchema, or InferredSchema, provides the schema that they must follow.
    4. ExampleValidator compares the statistics with the schema.
    5. AnomalyGate stops the run if they disagree.
    6. Transform makes the graph that decodes, resizes and scales images.
    7. Trainer trains the network and exports it with that graph.
    8. LatestBlessedModel finds the baseline, the latest model that was blessed.
    9. Evaluator compares the new model with it, and blesses or refuses the new one.
    10. InfraValidator loads the new model as TF Serving does, and asks it.
    11. Pusher publishes the new model for TF Serving if both have blessed it.

    Args:
        settings: The settings of the run.

    Returns:
        The pipeline, for any runner.
    """
    settings = settings.completed
    example_gen = ImageExampleGen(settings)
    examples = example_gen.outputs["examples"]
    schema_component = create_schema_component(settings.curated_schema, examples)
    schema = schema_component.outputs["schema"]
    statistics_gen = StatisticsGen(examples=examples, schema=schema)
    example_validator = ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema
    )
    # TFX's own component doesn't record a digest of its code. It ignores a parameter
    # that it doesn't know, but the cache compares it.
    example_validator.exec_properties["library_versions"] = library_versions(
        "tensorflow-data-validation", "tfx", "tfx-bsl"
    )
    anomaly_gate = create_anomaly_gate(example_validator.outputs["anomalies"])
    transform = Transform(examples, schema)
    transform.add_upstream_node(anomaly_gate)
    trainer = Trainer(
        examples=examples,
        transform_graph=transform.outputs["transform_graph"],
        parameters=settings,
    )
    latest_blessed_model = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("LatestBlessedModel")
    evaluator = Evaluator(
        examples=examples,
        model=trainer.outputs["model"],
        baseline_model=latest_blessed_model.outputs["model"],
        schema=schema,
        parameters=settings,
        example_indices=EXAMPLE_INDICES,
    )
    if settings.infra_validation == "docker":
        infra_validator = create_docker_validator(trainer.outputs["model"], examples)
        infra_validator.add_upstream_node(evaluator)
    else:
        infra_validator = InfraValidator(
            model=trainer.outputs["model"],
            examples=examples,
            evaluation=evaluator.outputs["evaluation"],
            parameters=settings,
        )
    pusher = Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=infra_validator.outputs["blessing"],
        baseline_model=latest_blessed_model.outputs["model"],
        serving_dir=settings.serving_dir,
        parameters=settings,
    )
    components = [
        example_gen,
        schema_component,
        statistics_gen,
        example_validator,
        anomaly_gate,
        transform,
        trainer,
        latest_blessed_model,
        evaluator,
        infra_validator,
        pusher,
    ]
    for component in components:
        if isinstance(component, BaseBeamComponent):
            component.with_beam_pipeline_args(
                beam_args(settings.beam_runner, settings.beam_args, component.id)
            )
    return Pipeline(
        pipeline_name=settings.name,
        pipeline_root=settings.pipeline_root,
        components=components,
        enable_cache=settings.cache,
    )
