from tfx.types import standard_artifacts
from tfx.types.channel import Channel

from components.schema.component import create_schema_component


def _node(text):
    return create_schema_component(text, Channel(type=standard_artifacts.Examples))


def test_a_curated_schema_is_a_parameter_and_needs_no_examples():
    node = _node("feature { name: 'image' }")
    assert node.id == "CuratedSchema"
    assert node.exec_properties["text"] == "feature { name: 'image' }"
    assert not node.inputs


def test_without_one_the_schema_is_inferred_from_the_examples():
    node = _node(None)
    assert node.id == "InferredSchema"
    assert set(node.inputs) == {"examples"}
