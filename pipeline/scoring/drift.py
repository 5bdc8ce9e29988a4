"""Decides how far scored images are from those on which their model was trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)

# isort: split
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from pipeline.scoring.measures import NUMBERS, PREDICTED_CLASS

Verdict = Literal["ok", "warn", "drift"]

LEAST_IMAGES = 200
"""Fewer images aren't compared: chance alone would take them past a threshold."""

THRESHOLDS = dict.fromkeys((*NUMBERS, PREDICTED_CLASS), 0.2)
"""Distances beyond which images have drifted (docs/watching.md says why these)."""

WARN_FROM = 0.5
"""Part of a threshold from which there is a warning."""


@dataclass(frozen=True)
class FeatureDrift:
    """How far one feature is from the training images.

    Attributes:
        name: One of `THRESHOLDS`.
        distance: Jensen-Shannon divergence of a number, in bits, 0 to 1; for the
            predicted classes, the L-infinity distance: the largest change of the part
            that a class has, 0 to 1.
        threshold: Distance beyond which it has drifted.
    """

    name: str
    distance: float
    threshold: float

    @property
    def verdict(self) -> Verdict:
        """What the distance means."""
        if self.distance > self.threshold:
            return "drift"
        return "warn" if self.distance > WARN_FROM * self.threshold else "ok"


@dataclass(frozen=True)
class Drift:
    """How far scored images are from those on which their model was trained.

    Attributes:
        features: The features; first those that are furthest beyond their thresholds.
        scored: TFDV's statistics of the scored images.
        training: Those of the training images.
    """

    features: tuple[FeatureDrift, ...]
    scored: statistics_pb2.DatasetFeatureStatistics
    training: statistics_pb2.DatasetFeatureStatistics

    @cached_property
    def verdict(self) -> Verdict:
        """The gravest verdict of a feature."""
        found = {feature.verdict for feature in self.features}
        order: tuple[Verdict, ...] = ("drift", "warn")
        return next((each for each in order if each in found), "ok")

    @property
    def noticed(self) -> tuple[FeatureDrift, ...]:
        """The features that aren't `ok`."""
        return tuple(each for each in self.features if each.verdict != "ok")


def compare(
    scored: statistics_pb2.DatasetFeatureStatisticsList,
    training: statistics_pb2.DatasetFeatureStatisticsList,
    thresholds: Mapping[str, float],
) -> Drift:
    """Compares statistics with TFDV's comparators.

    Args:
        scored: Statistics of the scored images.
        training: Those of the training images.
        thresholds: A threshold for each of `THRESHOLDS`.

    Returns:
        The comparison.
    """
    anomalies = tfdv.validate_statistics(
        statistics=scored,
        schema=_schema(thresholds),
        previous_statistics=training,
    )
    features = [
        FeatureDrift(info.path.step[0], measured.value, thresholds[info.path.step[0]])
        for info in anomalies.drift_skew_info
        for measured in info.drift_measurements
    ]
    features.sort(key=lambda each: -each.distance / each.threshold)
    return Drift(tuple(features), scored.datasets[0], training.datasets[0])


def schema_thresholds(schema: str) -> dict[str, float]:
    """Returns the thresholds that a schema of examples has for their drift.

    Args:
        schema: The schema in protobuf text format. A number may have TFDV's
            `drift_comparator` with a Jensen-Shannon divergence.

    Returns:
        Thresholds of those features of `THRESHOLDS` that have one.
    """
    parsed = text_format.Parse(schema, schema_pb2.Schema())
    thresholds = {
        feature.name: feature.drift_comparator.jensen_shannon_divergence.threshold
        for feature in parsed.feature
        if feature.name in NUMBERS
    }
    return {name: value for name, value in thresholds.items() if value > 0}


def _schema(thresholds: Mapping[str, float]) -> schema_pb2.Schema:
    schema = schema_pb2.Schema()
    for name, threshold in thresholds.items():
        feature = schema.feature.add(name=name)
        if name == PREDICTED_CLASS:
            feature.type = schema_pb2.BYTES
            feature.drift_comparator.infinity_norm.threshold = threshold
        else:
            feature.type = schema_pb2.FLOAT
            comparator = feature.drift_comparator.jensen_shannon_divergence
            comparator.threshold = threshold
    return schema
