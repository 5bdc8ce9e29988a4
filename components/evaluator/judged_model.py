"""Loads a model once for all that the Evaluator asks it."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from components.processors import count_pieces, cut_into_pieces
from components.served_model.signatures import SERVING_DEFAULT


@dataclass(frozen=True)
class JudgedModel:
    """A loaded model, as TFMA asks it.

    Attributes:
        loaded: What was loaded; a signature does not keep its own variables.
        signatures: Functions by their names.
    """

    loaded: Any
    signatures: Mapping[str, Any]


def load_judged_model(model_dir: str, call_images: int) -> JudgedModel:
    """Loads a model that predicts pieces of a batch side by side, if it isn't loaded.

    The Trainer trains on pieces, so TensorFlow uses one thread for each operation. A
    whole batch would be predicted on one core. Even one piece saves time: TFMA passes
    the images without the name of the input. For a loaded signature, TensorFlow would
    write all their bytes into an error before it takes them so.

    Args:
        model_dir: Folder of the SavedModel.
        call_images: Number of images in a call, which says how many pieces there are.

    Returns:
        The model.
    """
    # A worker of Beam may live longer than a folder, whose path may come again. Each
    # model that is saved has a fingerprint of its own.
    with tf.io.gfile.GFile(f"{model_dir}/fingerprint.pb", "rb") as file:
        fingerprint = file.read()
    return _load(model_dir, count_pieces(call_images), fingerprint)


@contextmanager
def forgetting_judged_models() -> Iterator[None]:
    """Forgets the loaded models at the end of the block, also after an error."""
    try:
        yield
    finally:
        _load.cache_clear()


# A model and its baseline; loading one takes as long as predicting thousands of images.
@functools.lru_cache(maxsize=2)
def _load(model_dir: str, pieces: int, fingerprint: bytes) -> JudgedModel:
    loaded = tf.saved_model.load(model_dir)
    signature = share_signature(loaded.signatures[SERVING_DEFAULT], pieces)
    return JudgedModel(loaded, {SERVING_DEFAULT: signature})


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
