"""Infers a schema from the description of a data set, to be used or to be curated."""

from collections.abc import Mapping, Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

from components import features

Bounds = tuple[float, float]


def infer_schema(
    class_names: Sequence[str], bounds: Mapping[str, Bounds] | None = None
) -> schema_pb2.Schema:
    """Infers the schema of a set's examples.

    Args:
        class_names: The classes, in the order of their labels.
        bounds: Smallest and largest value of numeric features, by name; without it,
            any size and any brightness is allowed.

    Returns:
        The schema. It refuses classes that are unknown or have no examples in a split.
    """
    bounds = bounds or {}
    count = len(class_names)
    schema = schema_pb2.Schema()
    image = _add_feature(schema, features.IMAGE, schema_pb2.BYTES)
    # Else the statistics would count the bytes of each image as a word.
    image.image_domain.SetInParent()
    label = _add_feature(schema, features.LABEL, schema_pb2.INT)
    label.int_domain.min, label.int_domain.max = 0, count - 1
    label.int_domain.is_categorical = True
    name = _add_feature(schema, features.CLASS_NAME, schema_pb2.BYTES)
    name.domain = features.CLASS_NAME
    if bounds:
        name.unique_constraints.min = name.unique_constraints.max = count
    schema.string_domain.add(name=features.CLASS_NAME, value=class_names)
    for key in (features.HEIGHT, features.WIDTH, features.CHANNELS):
        feature = _add_feature(schema, key, schema_pb2.INT)
        if key in bounds:
            smallest, largest = bounds[key]
            feature.int_domain.min, feature.int_domain.max = int(smallest), int(largest)
    for key in (features.BRIGHTNESS, features.CONTRAST):
        feature = _add_feature(schema, key, schema_pb2.FLOAT)
        feature.float_domain.disallow_nan = feature.float_domain.disallow_inf = True
        if key in bounds:
            feature.float_domain.min, feature.float_domain.max = bounds[key]
    return schema


def _add_feature(
    schema: schema_pb2.Schema, name: str, kind: "schema_pb2.FeatureType"
) -> schema_pb2.Feature:
    feature = schema.feature.add(name=name, type=kind)
    feature.presence.min_fraction = 1
    feature.presence.min_count = 1
    feature.shape.dim.add(size=1)
    return feature
