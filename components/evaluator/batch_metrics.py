"""Measures many examples in one call, where TFMA's own metrics take one after another.

TFMA finds these metrics by the module and the class in its configuration.
"""

import abc
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import keras
import numpy as np
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2, metrics_for_slice_pb2

from components.errors import InputError

# An update of one of Keras's metrics takes 2 ms, with a few examples as with this many.
_TOGETHER = 1000

_Sums = list[np.ndarray]
_Batch = tuple[np.ndarray, np.ndarray]
# What was measured, and the batches that wait to be measured together.
_Accumulator = tuple[_Sums, list[_Batch]]


class BatchCombiner(beam.CombineFn, abc.ABC):
    """Adds up what is measured on the batches of one model."""

    def __init__(self, key: tfma.metrics.MetricKey, config: config_pb2.EvalConfig):
        """Constructs the combiner.

        Args:
            key: TFMA's name of the metric and the model.
            config: TFMA's configuration.
        """
        self._key = key
        self._config = config

    @abc.abstractmethod
    def measure(self, labels: np.ndarray, predictions: np.ndarray) -> _Sums:
        """Measures examples.

        Args:
            labels: Integers of shape (N,).
            predictions: Probabilities of shape (N, classes).

        Returns:
            Arrays that are added to those of other examples.
        """

    @abc.abstractmethod
    def result(self, sums: _Sums) -> Any:
        """Returns the metric of all examples."""

    def create_accumulator(self) -> _Accumulator:
        """Begins without examples."""
        return [], []

    def add_input(
        self, accumulator: _Accumulator, inputs: tfma.metrics.StandardMetricInputs
    ) -> _Accumulator:
        """Adds a batch."""
        labels, predictions, _ = next(
            tfma.metrics.to_label_prediction_example_weight(
                inputs,
                eval_config=self._config,
                model_name=self._key.model_name,
                flatten=False,
                squeeze=False,
            )
        )
        _, waiting = accumulator
        waiting.append((labels.reshape(-1), predictions))
        if sum(len(labels) for labels, _ in waiting) < _TOGETHER:
            return accumulator
        return self.compact(accumulator)

    def compact(self, accumulator: _Accumulator) -> _Accumulator:
        """Measures the batches that wait."""
        sums, waiting = accumulator
        if waiting:
            labels, predictions = map(np.concatenate, zip(*waiting, strict=True))
            sums = _add(sums, self.measure(labels, predictions))
        return sums, []

    def merge_accumulators(self, accumulators: Iterable[_Accumulator]) -> _Accumulator:
        """Adds up the sums of several accumulators."""
        sums: _Sums = []
        for accumulator in accumulators:
            sums = _add(sums, self.compact(accumulator)[0])
        return sums, []

    def extract_output(
        self, accumulator: _Accumulator
    ) -> dict[tfma.metrics.MetricKey, Any]:
        """Returns the metric, by TFMA's name of it."""
        return {self._key: self.result(self.compact(accumulator)[0])}


def _add(sums: _Sums, others: _Sums) -> _Sums:
    if not sums or not others:
        return sums or others
    return [one + other for one, other in zip(sums, others, strict=True)]


class KerasMetric(tfma.metrics.Metric):
    """One of Keras's metrics that compare integer labels with probabilities."""

    def __init__(self, metric: str, name: str, **config: Any):
        """Constructs the metric.

        Args:
            metric: Name of the class in `keras.metrics`.
            name: Name of the metric in the results.
            **config: Other arguments of the class.
        """
        super().__init__(
            tfma.metrics.merge_per_key_computations(_keras_computations),
            metric=metric,
            name=name,
            **config,
        )


def _keras_computations(
    eval_config: config_pb2.EvalConfig, model_name: str, **metric: Any
) -> list[tfma.metrics.MetricComputation]:
    key = tfma.metrics.MetricKey(metric["name"], model_name=model_name)
    return [tfma.metrics.MetricComputation([key], [], _Keras(key, eval_config, metric))]


class _Keras(BatchCombiner):
    def __init__(
        self,
        key: tfma.metrics.MetricKey,
        config: config_pb2.EvalConfig,
        metric: dict[str, Any],
    ):
        super().__init__(key, config)
        self._arguments = dict(metric)
        name = self._arguments.pop("metric")
        if not hasattr(keras.metrics, name):
            raise InputError(
                f"INFORMATIVE_METRICS must name classes in keras.metrics; received "
                f"{name!r}; choose one of https://keras.io/api/metrics."
            )
        self._class = getattr(keras.metrics, name)

    def setup(self) -> None:
        self._metric = self._class(**self._arguments)

    def measure(self, labels: np.ndarray, predictions: np.ndarray) -> _Sums:
        self._metric.reset_state()
        self._metric.update_state(labels, predictions)
        # In float64, so that many examples are added up without a loss of digits.
        return [np.asarray(each, np.float64) for each in self._metric.variables]

    def result(self, sums: _Sums) -> float:
        for variable, value in zip(self._metric.variables, sums, strict=True):
            variable.assign(value)
        return float(self._metric.result())


class ConfusionMatrix(tfma.metrics.Metric):
    """Counts examples by their class and the most probable class."""

    def __init__(self, name: str):
        """Constructs the metric.

        Args:
            name: Name of the matrix in the results.
        """
        super().__init__(
            tfma.metrics.merge_per_key_computations(_matrix_computations), name=name
        )


def _matrix_computations(
    eval_config: config_pb2.EvalConfig, model_name: str, name: str
) -> list[tfma.metrics.MetricComputation]:
    key = tfma.metrics.PlotKey(name, model_name=model_name)
    return [tfma.metrics.MetricComputation([key], [], _Matrix(key, eval_config))]


class _Matrix(BatchCombiner):
    def measure(self, labels: np.ndarray, predictions: np.ndarray) -> _Sums:
        classes = predictions.shape[1]
        places = labels * classes + predictions.argmax(axis=1)
        counts = np.bincount(places, minlength=classes**2)
        return [counts.reshape(classes, classes)]

    def result(
        self, sums: _Sums
    ) -> metrics_for_slice_pb2.MultiClassConfusionMatrixAtThresholds:
        (matrix,) = sums
        result = metrics_for_slice_pb2.MultiClassConfusionMatrixAtThresholds()
        # The threshold is 0, since the most probable class counts in any case.
        at_threshold = result.matrices.add(threshold=0.0)
        for actual, predicted in zip(*matrix.nonzero(), strict=True):
            at_threshold.entries.add(
                actual_class_id=actual,
                predicted_class_id=predicted,
                num_weighted_examples=matrix[actual, predicted],
            )
        return result
