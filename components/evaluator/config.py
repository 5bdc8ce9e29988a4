"""Configures TFMA: what is measured, and what a model must reach."""

import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.proto import config_pb2

from components import features

# TFMA's names of metrics in its results.
ACCURACY = "sparse_categorical_accuracy"
LOSS = "sparse_categorical_crossentropy"
EXAMPLE_COUNT = "example_count"

INFORMATIVE_METRICS = (
    config_pb2.MetricConfig(class_name="ExampleCount"),
    config_pb2.MetricConfig(class_name="SparseCategoricalCrossentropy"),
)
"""Metrics that don't influence the verdict.

Any metric of TFMA or Keras can be added here. ML Metadata, the terminal, the run's page
and `diff` then show it.
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
            absolute={"value": -max_regression},
        ),
    )
    accuracy = config_pb2.MetricConfig(
        class_name="SparseCategoricalAccuracy",
        per_slice_thresholds=[
            config_pb2.PerSliceMetricThreshold(
                slicing_specs=[config_pb2.SlicingSpec()], threshold=threshold
            )
        ],
    )
    confusion_matrix = config_pb2.MetricConfig(
        class_name="MultiClassConfusionMatrixPlot",
        # With this threshold, the class with the highest probability is counted.
        config='{"thresholds": [0.0]}',
    )
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                signature_name="serving_default",
                label_key=features.LABEL,
                prediction_key="probabilities",
            )
        ],
        # TFMA spends most of the Evaluator's time on each slice again. The accuracy of
        # each class is in the confusion matrix, so classes need no slices.
        slicing_specs=[config_pb2.SlicingSpec()],
        metrics_specs=[
            config_pb2.MetricsSpec(metrics=[accuracy]),
            config_pb2.MetricsSpec(
                metrics=[confusion_matrix, *INFORMATIVE_METRICS],
                # Without a baseline, TFMA gives the only model no name.
                model_names=[constants.CANDIDATE_KEY] if has_baseline else [],
            ),
        ],
    )
