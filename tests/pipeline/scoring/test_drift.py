import numpy as np
import pandas as pd
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)

# isort: split
import tensorflow_data_validation as tfdv

from pipeline.scoring.drift import (
    THRESHOLDS,
    Drift,
    FeatureDrift,
    compare,
    schema_thresholds,
)
from tests.support.fashion import SCHEMA


def statistics(images=400, seed=1, **columns):
    """Makes statistics of random numbers and classes, some columns replaced."""
    chance = np.random.default_rng(seed)
    values = {
        name: chance.normal(0.5, 0.1, images)
        for name in THRESHOLDS
        if name not in ("height", "width", "predicted_class")
    }
    values |= {"height": np.full(images, 28.0), "width": np.full(images, 28.0)}
    values["predicted_class"] = chance.choice(["bag", "boot", "coat"], images)
    table = pd.DataFrame({**values, **columns})
    options = tfdv.StatsOptions(num_histogram_buckets=20)
    return tfdv.generate_statistics_from_dataframe(table, options, n_jobs=1)


TRAINING = statistics(2000, seed=2)


def test_images_like_the_training_images_are_ok():
    drift = compare(statistics(), TRAINING, THRESHOLDS)
    assert {each.name for each in drift.features} == set(THRESHOLDS)
    assert drift.verdict == "ok"
    assert drift.noticed == ()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("brightness", np.random.default_rng(3).normal(0.2, 0.1, 400)),
        ("height", np.full(400, 30.0)),
        ("width", np.repeat([28.0, 56.0], 200)),
        ("predicted_class", ["bag"] * 400),
        ("predicted_class", ["scarf"] * 200 + ["bag", "coat"] * 100),
    ],
)
def test_the_feature_that_has_changed_is_named_first(name, values):
    drift = compare(statistics(**{name: values}), TRAINING, THRESHOLDS)
    assert drift.verdict == "drift"
    assert [each.name for each in drift.noticed] == [name]
    assert drift.features[0].distance <= 1


def test_a_threshold_decides_what_a_distance_means():
    scored = statistics(brightness=np.random.default_rng(3).normal(0.45, 0.1, 400))
    (first, *_) = compare(scored, TRAINING, THRESHOLDS).features
    assert first.name == "brightness"
    for threshold, verdict in (
        (first.distance * 0.9, "drift"),
        (first.distance * 1.1, "warn"),
        (first.distance * 2.1, "ok"),
    ):
        found = compare(scored, TRAINING, {**THRESHOLDS, "brightness": threshold})
        by_name = {each.name: each for each in found.features}
        assert by_name["brightness"].verdict == verdict
        assert by_name["brightness"].threshold == threshold


def test_the_gravest_feature_decides():
    features = [FeatureDrift("width", distance, 0.2) for distance in (0, 0.15, 0.3)]
    for count, verdict in ((1, "ok"), (2, "warn"), (3, "drift")):
        assert Drift(tuple(features[:count]), None, None).verdict == verdict


def test_thresholds_are_read_from_a_schema():
    assert schema_thresholds(SCHEMA.read_text()) == {}
    text = """
      feature {
        name: "brightness" type: FLOAT
        drift_comparator { jensen_shannon_divergence { threshold: 0.07 } }
      }
      feature {
        name: "class_name" type: BYTES
        drift_comparator { infinity_norm { threshold: 0.01 } }
      }
    """
    assert schema_thresholds(text) == {"brightness": 0.07}
