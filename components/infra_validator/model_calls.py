"""Makes the requests with which a model is validated."""

import io
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from PIL import Image
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from components.data_description import DataDescription
from components.errors import InputError
from components.evaluator.example_predictions import ExamplePrediction
from components.infra_validator.session_process import Call
from components.served_model import signatures
from components.trainer.warmup import WARMUP_FILE

# Images in the larger of the two requests whose time is measured.
BATCH_IMAGES = 32
# Enough requests that 99 of 100 mean something, but no more than a second of them.
_REPEAT = 200
_SECONDS = 1.0


def read_signatures(model_dir: str) -> Mapping[str, meta_graph_pb2.SignatureDef]:
    """Reads the signatures of a SavedModel, without loading it.

    Args:
        model_dir: Folder of the SavedModel.

    Returns:
        The signatures by name.

    Raises:
        InputError: If the folder contains no SavedModel, or a damaged one.
    """
    path = os.path.join(model_dir, tf.saved_model.SAVED_MODEL_FILENAME_PB)
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            saved = saved_model_pb2.SavedModel.FromString(file.read())
        (graph,) = saved.meta_graphs
    except (tf.errors.OpError, DecodeError, ValueError) as error:
        raise InputError(f"{path} is missing or damaged") from error
    return graph.signature_def


def warmup_calls(model_dir: str) -> Iterator[Call]:
    """Yields the requests that a server answers before it opens a version.

    Args:
        model_dir: Folder of the SavedModel.

    Raises:
        InputError: If they can't be read.
    """
    path = os.path.join(model_dir, WARMUP_FILE)
    if not tf.io.gfile.exists(path):
        return
    try:
        records = list(tf.data.TFRecordDataset(path).as_numpy_iterator())
    except tf.errors.OpError as error:
        raise InputError(f"{path} is damaged") from error
    for record in records:
        log = prediction_log_pb2.PredictionLog.FromString(record)
        request = log.predict_log.request
        # As the server does: a request without a name is for the default.
        signature = request.model_spec.signature_name or signatures.SERVING_DEFAULT
        yield Call(
            f"the warm-up request for {signature}",
            signature,
            {name: tf.make_ndarray(each) for name, each in request.inputs.items()},
        )


def class_names_call(description: DataDescription) -> Call:
    """Makes the request for the names of all classes.

    Args:
        description: The classes of the data.
    """
    return Call(
        "the request for the names of the classes",
        signatures.CLASS_NAMES,
        {signatures.CLASS_IDS: np.arange(len(description.class_names))},
    )


def comparison_calls(
    predictions: Sequence[ExamplePrediction], description: DataDescription
) -> Iterator[tuple[Call, Sequence[ExamplePrediction]]]:
    """Yields requests whose answers the Evaluator has kept, each with these.

    Every signature that classifies images is asked.

    Args:
        predictions: What the Evaluator kept.
        description: The images that the network takes.
    """
    by_signature = {
        signatures.SERVING_DEFAULT: predictions,
        signatures.PREDICT_PNG: predictions,
        signatures.PREDICT_IMAGES: _of_equal_pixels(predictions, description),
    }
    for signature, chosen in by_signature.items():
        for start in range(0, len(chosen), BATCH_IMAGES):
            batch = chosen[start : start + BATCH_IMAGES]
            images = [each.image for each in batch]
            yield (
                _images_call(signature, images, "the images that the Evaluator kept"),
                batch,
            )


def timed_calls(images: Sequence[bytes]) -> list[Call]:
    """Makes the requests whose time is measured: with one image, and with 32.

    Args:
        images: Bytes of image files; at least one.
    """
    sizes = (1, BATCH_IMAGES)
    return [
        _images_call(
            signatures.PREDICT_PNG,
            [image for _, image in zip(range(size), itertools.cycle(images))],
            f"the timed request of {size} image{'s' * (size > 1)}",
            repeat=_REPEAT,
            seconds=_SECONDS,
        )
        for size in sizes
    ]


def _images_call(
    signature: str, images: Sequence[bytes], title: str, **options: Any
) -> Call:
    inputs = {
        signatures.INPUT_NAMES[signature]: signatures.make_inputs(signature, images)
    }
    return Call(f"{title} ({signature})", signature, inputs, **options)


def _of_equal_pixels(
    predictions: Sequence[ExamplePrediction], description: DataDescription
) -> Sequence[ExamplePrediction]:
    """Returns those with the size of the first whose pixels are the same everywhere.

    Decoders of JPEG files may differ in a pixel, and a model converts the colours of
    some other files. It also turns what Exif data say is to be turned.
    """
    mode = "L" if description.channels == 1 else "RGB"
    chosen: list[ExamplePrediction] = []
    size = None
    for prediction in predictions:
        if b"eXIf" in prediction.image:
            continue
        with Image.open(io.BytesIO(prediction.image)) as image:
            if (image.format, image.mode) != ("PNG", mode):
                continue
            size = size or image.size
            if image.size == size:
                chosen.append(prediction)
    return chosen
