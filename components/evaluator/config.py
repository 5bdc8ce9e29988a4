"""Configures TFMA: what is measured, and what a model must reach."""

import json
from typing import Any

import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.proto import config_pb2

from components import features
from components.served_model.signatures import SERVING_DEFAULT

# Names of metrics in TFMA's results.
ACCURACY = "sparse_categorical_accuracy"
LOSS = "sparse_categorical_crossentropy"

# More than what the difference of two accuracies is rounded by, and less than what an
# image of a billion changes.
_ROUNDING = 1e-9

INFORMATIVE_METRICS: dict[str, dict[str, Any]] = {
    LOSS: {"metric": "SparseCategoricalCrossentropy"},
}
"""Metrics that don't influence the verdict, by their names in the results.

`metric` is a class in `keras.metrics`, beside its arguments. Any that compares integer
labels with probabilities can be added. ML Metadata, the terminal, the run's page and
`compare` then show it.
"""


def create_eval_config(
    min_accuracy: float, max_regression: float, has_baseline: bool
) -> config_pb2.EvalConfig:
    """Creates TFMA's configuration.

    The thresholds apply to the whole test split.

    Args:
        min_accuracy: Lowest accuracy of a model that is blessed.
        max_regression: How much lower its accuracy may be than the baseline's.
        has_baseline: Whether there is a baseline. Only its accuracy is measured.

    Returns:
        The configuration.
    """
    threshold = config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(
            lower_bound={"value": min_accuracy}
        ),
        change_threshold=config_pb2.GenericChangeThreshold(
            direction=config_pb2.MetricDirection.HIGHER_IS_BETTER,
            absolute={"value": -max_regression - _ROUNDING},
        ),
    )
    accuracy = _batch_metric(
        "KerasMetric",
        ACCURACY,
        metric="SparseCategoricalAccuracy",
        # In float32, 8,800 of 10,000 would be below a floor of 0.88.
        dtype="float64",
    )
    accuracy.per_slice_thresholds.add(
        slicing_specs=[config_pb2.SlicingSpec()], threshold=threshold
    )
    informative = [
        _batch_metric("KerasMetric", name, **config)
        for name, config in INFORMATIVE_METRICS.items()
    ]
    confusion_matrix = _batch_metric("ConfusionMatrix", "confusion_matrix")
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                signature_name=SERVING_DEFAULT,
                label_key=features.LABEL,
                prediction_key="probabilities",
            )
        ],
        # Metrics take batches, which TFMA can't slice. The accuracy of each class is in
        # the confusion matrix.
        slicing_specs=[config_pb2.SlicingSpec()],
        metrics_specs=[
            config_pb2.MetricsSpec(metrics=[accuracy]),
            config_pb2.MetricsSpec(
                metrics=[confusion_matrix, *informative],
                # Without a baseline, TFMA gives the only model no name.
                model_names=[constants.CANDIDATE_KEY] if has_baseline else [],
            ),
        ],
    )


def _batch_metric(class_name: str, name: str, **config: Any) -> config_pb2.MetricConfig:
    return config_pb2.MetricConfig(
        module="components.evaluator.batch_metrics",
        class_name=class_name,
        config=json.dumps({"name": name, **config}),
    )
