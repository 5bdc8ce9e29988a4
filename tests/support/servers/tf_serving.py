"""A stand-in for TensorFlow Serving, for tests where no real server is at hand.

It runs a SavedModel behind the same REST paths and bodies
(https://www.tensorflow.org/tfx/serving/api_rest) and the same published gRPC services
as the real one, and refuses whatever those rules don't allow.
"""

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from threading import Thread

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests.support.servers.tf_serving_model import RequestError, ServedModel
from tests.support.servers.tf_serving_rest import rest_handler


@dataclass(frozen=True)
class Addresses:
    """Where the server answers, and what it serves."""

    rest: str
    grpc: str
    model: ServedModel


@contextmanager
def tf_serving_stand_in(folder: str, name: str, version: int) -> Iterator[Addresses]:
    """Serves a SavedModel over REST and gRPC on loopback.

    Args:
        folder: Folder of the SavedModel.
        name: Name of the model.
        version: Its version.
    """
    model = ServedModel(name, folder, version)
    rest = ThreadingHTTPServer(("127.0.0.1", 0), rest_handler(model))
    Thread(target=rest.serve_forever, daemon=True).start()
    # The real server sets no limit for the size of a request.
    options = [("grpc.max_receive_message_length", -1)]
    rpc = grpc.server(futures.ThreadPoolExecutor(2), options=options)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        _PredictionService(model), rpc
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_ModelService(model), rpc)
    port = rpc.add_insecure_port("127.0.0.1:0")
    rpc.start()
    try:
        yield Addresses(
            f"http://127.0.0.1:{rest.server_port}", f"grpc://127.0.0.1:{port}", model
        )
    finally:
        rest.shutdown()
        rest.server_close()
        rpc.stop(None)


class _PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, model: ServedModel):
        self._model = model

    def Predict(self, request, context):
        self._model.requests.append(request)
        spec = request.model_spec
        version = spec.version.value if spec.HasField("version") else None
        try:
            signature = self._model.signature(
                spec.name, version, spec.signature_name or "serving_default"
            )
            inputs = {
                key: tf.make_ndarray(value) for key, value in request.inputs.items()
            }
            outputs = self._model.run(signature, inputs)
        except RequestError as error:
            context.abort(error.code, str(error))
        response = predict_pb2.PredictResponse()
        response.model_spec.name = spec.name
        response.model_spec.version.value = self._model.version
        for key, value in outputs.items():
            response.outputs[key].CopyFrom(tf.make_tensor_proto(value))
        return response

    def GetModelMetadata(self, request, context):
        spec = request.model_spec
        version = spec.version.value if spec.HasField("version") else None
        try:
            if not request.metadata_field:
                raise RequestError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    "GetModelMetadataRequest must specify at least one metadata_field",
                )
            for field in request.metadata_field:
                if field != "signature_def":
                    raise RequestError(
                        grpc.StatusCode.INVALID_ARGUMENT,
                        f"Metadata field {field} is not supported",
                    )
            return self._model.metadata(spec.name, version)[0]
        except RequestError as error:
            context.abort(error.code, str(error))


class _ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, model: ServedModel):
        self._model = model

    def GetModelStatus(self, request, context):
        if request.model_spec.name != self._model.name:
            context.abort(grpc.StatusCode.NOT_FOUND, "Could not find any versions")
        status = get_model_status_pb2.ModelVersionStatus(
            version=self._model.version, state=self._model.state
        )
        return get_model_status_pb2.GetModelStatusResponse(
            model_version_status=[status]
        )
