"""Says how TFMA gets from examples to what it measures."""

from collections.abc import Set
from typing import Any

import apache_beam as beam
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma

from components.evaluator.batches import CALL_IMAGES, Rebatch, call_images
from components.served_model.model_lineage import ModelLineage

EXTRACTORS = f"{__name__}.make_extractors"
"""Where TFX finds the function that makes TFMA's extractors."""


def make_extractors(
    eval_shared_model: Any, eval_config: tfma.EvalConfig, **kwargs: Any
) -> list[tfma.extractors.Extractor]:
    """Makes TFMA's usual extractors and two others.

    One makes batches anew. The other one drops what isn't measured, before TFMA divides
    batches into single examples.

    Args:
        eval_shared_model: The model, or a list of the model and the baseline.
        eval_config: What is measured, and by which features it is sliced.
        **kwargs: Other arguments of `tfma.default_extractors`.

    Returns:
        The extractors, in their order.
    """
    several = isinstance(eval_shared_model, list)
    model = eval_shared_model[0] if several else eval_shared_model
    # TFX passes no description, but the model has it.
    lineage = ModelLineage.read(model.model_path)
    size = call_images(lineage.data) if lineage and lineage.data else CALL_IMAGES
    usual = tfma.default_extractors(
        eval_shared_model=eval_shared_model, eval_config=eval_config, **kwargs
    )
    divides = tfma.extractors.UnbatchExtractor().stage_name
    (at,) = (n for n, each in enumerate(usual) if each.stage_name == divides)
    sliced_by = {
        name
        for spec in eval_config.slicing_specs
        for name in (*spec.feature_keys, *spec.feature_values)
    }
    asked = {spec.prediction_key for spec in eval_config.model_specs}
    return [
        tfma.extractors.Extractor("Rebatch", beam.ParDo(Rebatch(size))),
        *usual[:at],
        tfma.extractors.Extractor(
            "DropUnmeasured", beam.Map(_drop_unmeasured, sliced_by, asked)
        ),
        *usual[at:],
    ]


def _drop_unmeasured(
    extracts: dict[str, Any], features: Set[str], outputs: Set[str]
) -> dict[str, Any]:
    """Keeps the features of the slices, and the outputs of the model in the metrics.

    For each value that is left, TFMA runs some Python for each example.
    """
    return {
        **extracts,
        tfma.FEATURES_KEY: _keep(extracts[tfma.FEATURES_KEY], features),
        tfma.PREDICTIONS_KEY: _keep_outputs(extracts[tfma.PREDICTIONS_KEY], outputs),
    }


def _keep_outputs(predictions: Any, names: Set[str]) -> Any:
    """Keeps outputs of one model, or of each of several models."""
    if names.isdisjoint(predictions):
        return {model: _keep(each, names) for model, each in predictions.items()}
    return _keep(predictions, names)


def _keep(values: dict[str, Any], names: Set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}
