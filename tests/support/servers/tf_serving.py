"""A stand-in for TensorFlow Serving, for tests where no real server is at hand.

It runs SavedModels behind the same REST paths and bodies
(https://www.tensorflow.org/tfx/serving/api_rest) and the same published gRPC services
as the real one, and answers and refuses as a real TensorFlow Serving 2.19.1 did.
"""

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests.support.servers.tf_serving_config import following
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
    """Serves one SavedModel over REST and gRPC on loopback.

    Args:
        folder: Folder of the SavedModel.
        name: Name of the model.
        version: Its version.
    """
    model = ServedModel(name)
    model.load(version, folder)
    with _answering(model) as addresses:
        yield addresses


@contextmanager
def tf_serving_of_config(config: Path, poll_seconds: float) -> Iterator[Addresses]:
    """Serves what a configuration names, and follows it as the real server does.

    Args:
        config: Path of the configuration, beside the folder of the versions. It must
            be there.
        poll_seconds: Time between two looks at the file and at the folder.
    """
    with (
        following(config, poll_seconds) as model,
        _answering(model) as addresses,
    ):
        yield addresses


@contextmanager
def _answering(model: ServedModel) -> Iterator[Addresses]:
    rest = ThreadingHTTPServer(("127.0.0.1", 0), rest_handler(model))
    Thread(target=rest.serve_forever, args=(0.05,), daemon=True).start()
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


def _asked(spec) -> tuple[str, int | None, str | None]:
    """Returns the model, version and label that a request asks for."""
    version = spec.version.value if spec.HasField("version") else None
    return spec.name, version, spec.version_label or None


class _PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, model: ServedModel):
        self._model = model

    def Predict(self, request, context):
        if self._model.busy:
            code, message = self._model.busy
            # Not counted, as in the real server.
            context.abort(grpc.StatusCode[code], message)
        self._model.requests.append(request)
        try:
            return self._model.counted(
                "Predict", "GRPC", lambda: self._predict(request)
            )
        except RequestError as error:
            context.abort(error.code, str(error))

    def _predict(self, request):
        loaded = self._model.version_of(*_asked(request.model_spec))
        key = request.model_spec.signature_name or "serving_default"
        if key not in loaded.signatures:
            raise RequestError(
                grpc.StatusCode.FAILED_PRECONDITION,
                f'Serving signature key "{key}" not found.',
            )
        inputs = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
        outputs = loaded.run(loaded.signatures[key], inputs)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = loaded.number
        response.model_spec.signature_name = key
        for key, value in outputs.items():
            response.outputs[key].CopyFrom(tf.make_tensor_proto(value))
        return response

    def GetModelMetadata(self, request, context):
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
            return self._model.metadata(*_asked(request.model_spec))[0]
        except RequestError as error:
            context.abort(error.code, str(error))


class _ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, model: ServedModel):
        self._model = model

    def GetModelStatus(self, request, context):
        try:
            states = self._model.states_of(*_asked(request.model_spec))
        except RequestError as error:
            context.abort(error.code, str(error))
        return get_model_status_pb2.GetModelStatusResponse(
            model_version_status=[
                get_model_status_pb2.ModelVersionStatus(version=version, state=state)
                for version, state in states.items()
            ]
        )
