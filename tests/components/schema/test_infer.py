"""What an inferred schema refuses, as ExampleValidator finds it."""

import pandas as pd
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)

# isort: split
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components import features
from components.schema.infer import infer_schema
from components.schema.text import read_schema
from tests.support.fashion import CLASS_NAMES, SCHEMA

CLASSES = ("cat", "dog")
BOUNDS = {
    features.HEIGHT: (20, 40),
    features.WIDTH: (20, 40),
    features.CHANNELS: (1, 1),
    features.BRIGHTNESS: (0.1, 0.6),
    features.CONTRAST: (0.05, 0.5),
}


def table(**changes):
    """Four examples, of which changes are made to the last one."""
    columns = {
        features.IMAGE: [b"png"] * 4,
        features.LABEL: [0, 1, 0, 1],
        features.CLASS_NAME: ["cat", "dog", "cat", "dog"],
        features.HEIGHT: [30] * 4,
        features.WIDTH: [30] * 4,
        features.CHANNELS: [1] * 4,
        features.BRIGHTNESS: [0.3] * 4,
        features.CONTRAST: [0.2] * 4,
    }
    for name, value in changes.items():
        columns[name][-1] = value
    return pd.DataFrame(columns)


def anomalies(examples, bounds):
    schema = infer_schema(CLASSES, bounds)
    statistics = tfdv.generate_statistics_from_dataframe(
        examples, tfdv.StatsOptions(schema=schema), n_jobs=1
    )
    return set(tfdv.validate_statistics(statistics, schema).anomaly_info)


@pytest.mark.parametrize("bounds", [None, BOUNDS], ids=["no bounds", "bounds"])
def test_the_images_from_which_it_was_made_agree_with_it(bounds):
    assert anomalies(table(), bounds) == set()


@pytest.mark.parametrize("bounds", [None, BOUNDS], ids=["no bounds", "bounds"])
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"class_name": "bird"}, {"class_name"}),
        ({"label": 2}, {"label"}),
        ({"label": -1}, {"label"}),
        ({"brightness": float("nan")}, {"brightness"}),
    ],
    ids=str,
)
def test_unknown_classes_and_measures_that_are_no_numbers_disagree(
    changes, wrong, bounds
):
    assert wrong <= anomalies(table(**changes), bounds)


def test_a_feature_that_is_missing_disagrees():
    assert anomalies(table().drop(columns="contrast"), None) == {"contrast"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"brightness": 0.9}, {"brightness"}),  # inverted
        ({"brightness": 0.0, "contrast": 0.0}, {"brightness", "contrast"}),  # blank
        ({"height": 41}, {"height"}),
        ({"width": 19}, {"width"}),
        ({"channels": 3}, {"channels"}),
    ],
    ids=str,
)
def test_only_with_bounds_other_looks_and_sizes_disagree(changes, wrong):
    assert anomalies(table(**changes), BOUNDS) == wrong
    assert anomalies(table(**changes), None) == set()


def test_only_with_bounds_a_class_without_examples_disagrees():
    cats = table(label=0, class_name="cat").iloc[[0, 2, 3]].reset_index(drop=True)
    assert anomalies(cats, BOUNDS) == {"class_name"}
    assert anomalies(cats, None) == set()


def test_what_was_curated_for_fashion_mnist_could_have_been_inferred_so():
    curated = text_format.Parse(read_schema(SCHEMA), schema_pb2.Schema())
    bounds = {
        feature.name: (domain.min, domain.max)
        for feature in curated.feature
        if feature.name in BOUNDS
        for domain in [
            feature.int_domain
            if feature.HasField("int_domain")
            else feature.float_domain
        ]
    }
    assert infer_schema(CLASS_NAMES, bounds) == curated
