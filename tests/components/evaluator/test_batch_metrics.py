"""Metrics of batches give what other code gives for one example after another."""

import json

import numpy as np
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from components.errors import InputError
from components.evaluator import batch_metrics
from components.evaluator.batch_metrics import ConfusionMatrix, KerasMetric
from components.evaluator.config import create_eval_config

CLASSES = 4
COUNT = 40
CONFIG = config_pb2.EvalConfig(
    model_specs=[config_pb2.ModelSpec(prediction_key="probabilities")]
)


@pytest.fixture
def examples():
    """Labels of shape (40,) and probabilities of shape (40, 4), right for some."""
    numbers = np.random.default_rng(0)
    probabilities = numbers.dirichlet(np.ones(CLASSES), COUNT).astype(np.float32)
    labels = probabilities.argmax(axis=1)
    labels[::3] = numbers.integers(CLASSES, size=labels[::3].size)
    return labels, probabilities


def combiner_of(metric, model_name="", config=CONFIG):
    computation = metric.computations(eval_config=config, model_names=[model_name])[0]
    computation.combiner.setup()
    return computation.combiner


def inputs(labels, probabilities):
    return tfma.metrics.StandardMetricInputs(
        labels=labels, predictions={"probabilities": probabilities}
    )


def measure(combiner, batches, merged=1):
    """Combines the batches in some accumulators, as Beam does, and merges these."""
    accumulators = [combiner.create_accumulator() for _ in range(merged)]
    for number, batch in enumerate(batches):
        place = number % merged
        accumulators[place] = combiner.add_input(accumulators[place], batch)
    accumulators[0] = combiner.compact(accumulators[0])
    (value,) = combiner.extract_output(
        combiner.merge_accumulators(accumulators)
    ).values()
    return value


def in_batches(examples, size):
    labels, probabilities = examples
    return [
        # As TFX reads them, labels are of shape (N, 1).
        inputs(labels[start : start + size, None], probabilities[start : start + size])
        for start in range(0, COUNT, size)
    ]


def one_by_one(examples):
    labels, probabilities = examples
    return [inputs(labels[[place]], probabilities[place]) for place in range(COUNT)]


def keras_by_tfma(name):
    """Measures with TFMA's use of the same metric."""
    spec = config_pb2.MetricsSpec(metrics=[config_pb2.MetricConfig(class_name=name)])
    (computation,) = tfma.metrics.metric_specs.to_computations([spec], CONFIG)
    computation.combiner.setup()
    return computation.combiner


@pytest.mark.parametrize("together", [1, 25, 1000])
@pytest.mark.parametrize("size", [1, 7, COUNT])
@pytest.mark.parametrize("merged", [1, 3])
@pytest.mark.parametrize(
    "name",
    [
        "SparseCategoricalAccuracy",
        "SparseCategoricalCrossentropy",
        "SparseTopKCategoricalAccuracy",
    ],
)
def test_a_metric_of_keras_is_as_measured_one_by_one(
    examples, monkeypatch, name, merged, size, together
):
    monkeypatch.setattr(batch_metrics, "_TOGETHER", together)
    config = {"k": 2} if "TopK" in name else {}
    ours = measure(
        combiner_of(KerasMetric(name, "a name", **config)),
        in_batches(examples, size),
        merged,
    )
    if config:
        labels, probabilities = examples
        best = probabilities.argsort(axis=1)[:, -2:]
        expected = np.mean(
            [label in two for label, two in zip(labels, best, strict=True)]
        )
    else:
        expected = measure(keras_by_tfma(name), one_by_one(examples))
    assert ours == pytest.approx(expected, rel=1e-6)
    assert 0.2 < ours < 2


@pytest.mark.parametrize("size", [1, 7, COUNT])
@pytest.mark.parametrize("merged", [1, 3])
def test_the_confusion_matrix_is_as_tfma_counts_it(examples, merged, size):
    ours = measure(
        combiner_of(ConfusionMatrix("matrix")), in_batches(examples, size), merged
    )
    tfma_metric = tfma.metrics.MultiClassConfusionMatrixPlot(thresholds=[0.0])
    matrices = measure(combiner_of(tfma_metric), one_by_one(examples))
    expected = matrices.to_proto().multi_class_confusion_matrix_at_thresholds
    assert ours == expected
    assert sum(e.num_weighted_examples for e in ours.matrices[0].entries) == COUNT


def test_examples_are_measured_together_but_not_too_many(examples, monkeypatch):
    monkeypatch.setattr(batch_metrics, "_TOGETHER", 20)
    combiner = combiner_of(ConfusionMatrix("matrix"))
    sizes = []
    measure_batch = combiner.measure
    monkeypatch.setattr(
        combiner,
        "measure",
        lambda labels, answers: (
            sizes.append(len(labels)) or measure_batch(labels, answers)
        ),
    )
    measure(combiner, in_batches(examples, 8))
    assert sizes == [24, 16]


@pytest.mark.parametrize("name", ["candidate", "baseline"])
def test_the_predictions_are_those_of_the_named_model(examples, name):
    labels, _ = examples
    config = config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(name=each, prediction_key="probabilities")
            for each in ("candidate", "baseline")
        ]
    )
    right = np.eye(CLASSES, dtype=np.float32)[labels]
    answers = {"candidate": right, "baseline": 1 - right}
    batch = tfma.metrics.StandardMetricInputs(
        labels=labels,
        predictions={
            each: {"probabilities": values} for each, values in answers.items()
        },
    )
    metric = KerasMetric("SparseCategoricalAccuracy", "accuracy")
    combiner = combiner_of(metric, name, config)
    ((key, value),) = combiner.extract_output(
        combiner.add_input(combiner.create_accumulator(), batch)
    ).items()
    assert (key.name, key.model_name) == ("accuracy", name)
    assert value == {"candidate": 1, "baseline": 0}[name]


def test_a_metric_that_keras_lacks_is_refused_before_anything_is_measured():
    with pytest.raises(InputError, match=r"in keras\.metrics; received 'NoSuchMetric'"):
        combiner_of(KerasMetric("NoSuchMetric", "accuracy"))


@pytest.mark.parametrize(("right", "count"), [(7, 10), (51, 100), (8_800, 10_000)])
def test_an_accuracy_of_a_floor_reaches_that_floor(right, count):
    (config,) = create_eval_config(0.5, 0.01, False).metrics_specs[0].metrics
    combiner = combiner_of(KerasMetric(**json.loads(config.config)))
    labels = np.zeros((count, 1), np.int64)
    probabilities = np.zeros((count, 2), np.float32)
    probabilities[:right, 0] = probabilities[right:, 1] = 1
    assert measure(combiner, [inputs(labels, probabilities)]) == right / count
