"""Writes the requests that TF Serving answers before it serves a version to clients.

Without them, the first client waits while TensorFlow prepares its kernels. See
https://www.tensorflow.org/tfx/serving/saved_model_warmup.
"""

import io
import os
from collections.abc import Iterator

import tensorflow as tf
from PIL import Image
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from components.data_description import DataDescription
from components.served_model import signatures

WARMUP_FILE = os.path.join("assets.extra", "tf_serving_warmup_requests")

# TensorFlow prepares kernels separately for single images and for batches.
_BATCH_SIZES = (1, 32)


def write_warmup_requests(model_dir: str, description: DataDescription) -> None:
    """Writes a request of each batch size for every signature.

    Args:
        model_dir: Folder or URI of the SavedModel.
        description: The images that the network takes.
    """
    path = os.path.join(model_dir, WARMUP_FILE)
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.TFRecordWriter(path) as writer:
        for request in _requests(description):
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())


def _requests(
    description: DataDescription,
) -> Iterator[predict_pb2.PredictRequest]:
    image = io.BytesIO()
    mode = "L" if description.channels == 1 else "RGB"
    Image.new(mode, (description.width, description.height)).save(image, "PNG")
    for signature, input_name in signatures.INPUT_NAMES.items():
        for size in _BATCH_SIZES:
            inputs = signatures.make_inputs(signature, [image.getvalue()] * size)
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature
            request.inputs[input_name].CopyFrom(tf.make_tensor_proto(inputs))
            yield request
