"""Says how TFMA gets from examples to what it measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import tensorflow as tf
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma

from components.evaluator.batches import CALL_IMAGES, Rebatch
from components.processors import count_pieces, cut_into_pieces
from components.served_model.call_size import call_size
from components.served_model.model_lineage import ModelLineage

EXTRACTORS = f"{__name__}.make_extractors"
"""Where TFX finds the function that makes TFMA's extractors."""


def make_extractors(
    eval_shared_model: Any, **kwargs: Any
) -> list[tfma.extractors.Extractor]:
    """Makes TFMA's usual extractors, and one before them that makes batches anew.

    The models predict on all cores.

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
    pieces = count_pieces(size)
    return [
        tfma.extractors.Extractor("Rebatch", beam.ParDo(Rebatch(size))),
        *tfma.default_extractors(
            eval_shared_model=[_in_pieces(each, pieces) for each in eval_shared_model]
            if several
            else _in_pieces(eval_shared_model, pieces),
            **kwargs,
        ),
    ]


@dataclass(frozen=True)
class _Model:
    """A loaded model, as TFMA asks it.

    Attributes:
        loaded: What was loaded; a signature does not keep its own variables.
        signatures: Functions by their names.
    """

    loaded: Any
    signatures: Mapping[str, Any]


def _in_pieces(
    shared: tfma.types.EvalSharedModel, pieces: int
) -> tfma.types.EvalSharedModel:
    """Lets a model predict pieces of a batch side by side, as the Trainer trains.

    With one thread for each operation, which the Trainer needs, a batch would be
    predicted on one core.
    """
    if pieces == 1:
        return shared
    loader = shared.model_loader

    def load() -> _Model:
        name = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        loaded = loader.construct_fn()
        signature = share_signature(loaded.signatures[name], pieces)
        return _Model(loaded, {name: signature})

    return shared._replace(model_loader=tfma.types.ModelLoader(load, tags=loader.tags))


def share_signature(signature: Any, pieces: int) -> Any:
    """Makes a signature that works on pieces of its input side by side.

    Args:
        signature: A signature with one input, of which each image is a row.
        pieces: Number of the pieces; an input with fewer rows is one piece.

    Returns:
        A function with the same input and outputs.
    """
    ((name, spec),) = signature.structured_input_signature[1].items()

    def whole(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        return signature(**{name: rows})

    def divided(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        answers = [whole(piece) for piece in cut_into_pieces(rows, pieces)]
        return {
            output: tf.concat([each[output] for each in answers], axis=0)
            for output in answers[0]
        }

    @tf.function(input_signature=[spec], autograph=False)
    def predict(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        return tf.cond(
            tf.shape(rows)[0] < pieces, lambda: whole(rows), lambda: divided(rows)
        )

    return predict.get_concrete_function()
