"""Says how TFMA gets from examples to what it measures."""

import functools
from typing import Any

import apache_beam as beam
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma

from components.evaluator.batches import CALL_IMAGES, Rebatch
from components.evaluator.judged_model import load_judged_model
from components.served_model.call_size import call_size
from components.served_model.model_lineage import ModelLineage

EXTRACTORS = f"{__name__}.make_extractors"
"""Where TFX finds the function that makes TFMA's extractors."""


def make_extractors(
    eval_shared_model: Any, **kwargs: Any
) -> list[tfma.extractors.Extractor]:
    """Makes TFMA's usual extractors, but keeps the batches until they are measured.

    TFMA would take them apart into examples for its own metrics, and handing these on
    took a third of the time. Our metrics take batches. The first extractor makes new
    batches, and the models predict on all cores.

    Args:
        eval_shared_model: The model, or a list of the model and the baseline.
        **kwargs: Other arguments of `tfma.default_extractors`.

    Returns:
        The extractors, in their order.
    """
    several = isinstance(eval_shared_model, list)
    model = eval_shared_model[0] if several else eval_shared_model
    # TFX passes no description, but the model has it.
    lineage = ModelLineage.read(model.model_path)
    size = CALL_IMAGES
    if lineage and lineage.data:
        size = call_size(lineage.data, CALL_IMAGES)
    for spec in kwargs["eval_config"].slicing_specs:
        if spec.feature_keys or spec.feature_values:
            raise ValueError(
                f"Metrics that take batches can't be sliced; received {spec}; leave "
                f"the slice out."
            )
    usual = tfma.default_extractors(
        eval_shared_model=[_in_pieces(each, size) for each in eval_shared_model]
        if several
        else _in_pieces(eval_shared_model, size),
        **kwargs,
    )
    unbatch = tfma.extractors.UnbatchExtractor().stage_name
    return [
        tfma.extractors.Extractor("Rebatch", beam.ParDo(Rebatch(size))),
        *(extractor for extractor in usual if extractor.stage_name != unbatch),
    ]


def _in_pieces(
    shared: tfma.types.EvalSharedModel, call_images: int
) -> tfma.types.EvalSharedModel:
    load = functools.partial(load_judged_model, shared.model_path, call_images)
    tags = shared.model_loader.tags
    return shared._replace(model_loader=tfma.types.ModelLoader(load, tags=tags))
