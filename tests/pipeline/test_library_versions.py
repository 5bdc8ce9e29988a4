"""What a new version of a library makes run again."""

from importlib import metadata

import pytest
from tfx.dsl.compiler.compiler import Compiler

from pipeline.pipeline import create_pipeline


def parameters(settings):
    """What TFX's cache compares of each node, beside its inputs."""
    return {
        node.pipeline_node.node_info.id: node.pipeline_node.parameters
        for node in Compiler().compile(create_pipeline(settings)).nodes
    }


@pytest.mark.parametrize(
    ("library", "nodes"),
    [
        # The Evaluator measures by metrics of Keras.
        ("keras", {"Trainer", "Evaluator"}),
        (
            "tensorflow",
            {
                "ImageExampleGen",
                "Transform",
                "Trainer",
                "Evaluator",
                "InfraValidator",
            },
        ),
        ("tensorflow-data-validation", {"StatisticsGen", "ExampleValidator"}),
        ("tensorflow-datasets", {"ImageExampleGen"}),
        ("tensorflow-model-analysis", {"Evaluator"}),
        ("tensorflow-transform", {"Transform", "Trainer"}),
        ("tfx", {"StatisticsGen", "ExampleValidator", "Transform", "Evaluator"}),
        ("tfx-bsl", {"StatisticsGen", "ExampleValidator", "Evaluator"}),
        ("rich", set()),
    ],
)
def test_a_new_version_of_a_library_is_seen_by_the_nodes_that_it_computes_for(
    settings, monkeypatch, library, nodes
):
    before = parameters(settings)
    installed = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: installed(name) + ".1" * (name == library)
    )
    after = parameters(settings)
    assert {node for node in before if before[node] != after[node]} == nodes
