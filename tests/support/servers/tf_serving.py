"""A stand-in for TensorFlow Serving, for tests where no real server is at hand.

It runs a SavedModel behind the same REST paths and bodies
(https://www.tensorflow.org/tfx/serving/api_rest) and the same published gRPC services
as the real one, and refuses whatever those rules don't allow.
"""

import base64
import json
import re
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)(/versions/(?P<version>\d+))?(:predict)?"
)
_BODY_KEYS = {"signature_name", "instances", "inputs"}


class RequestError(Exception):
    """A request that the real server would refuse."""

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(message)
        self.code = code


class ServedModel:
    """Versions of a model, of which one is loaded."""

    def __init__(self, name: str, folder: str, version: int):
        self.name = name
        self.version = version
        self.state = "AVAILABLE"
        self.requests: list[object] = []
        # As the real server does: a session, and the signatures' tensor names.
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            graph = tf.compat.v1.saved_model.load(self._session, ["serve"], folder)
        self._signatures = graph.signature_def

    def signature(self, name: str, version: int | None, signature: str):
        wanted = version is None or version == self.version
        if name != self.name or not wanted or self.state != "AVAILABLE":
            raise RequestError(
                grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {name}"
            )
        if signature not in self._signatures:
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f'Serving signature name: "{signature}" not found in signature def',
            )
        return self._signatures[signature]

    def run(self, signature, inputs):
        if set(inputs) != set(signature.inputs):
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"input size does not match signature: {len(inputs)}",
            )
        try:
            return self._session.run(
                {key: info.name for key, info in signature.outputs.items()},
                {signature.inputs[key].name: value for key, value in inputs.items()},
            )
        except (tf.errors.OpError, TypeError, ValueError) as error:
            message = str(error).removeprefix("Graph execution error:").strip()
            raise RequestError(grpc.StatusCode.INVALID_ARGUMENT, message) from error


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
    rest = ThreadingHTTPServer(("127.0.0.1", 0), _rest_handler(model))
    Thread(target=rest.serve_forever, daemon=True).start()
    rpc = grpc.server(futures.ThreadPoolExecutor(2))
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


def _rest_handler(model: ServedModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            match = _PATH.fullmatch(self.path)
            if not match or match["name"] != model.name:
                self._answer(404, {"error": "Could not find any versions of model"})
                return
            status = {
                "version": str(model.version),
                "state": model.state,
                "status": {"error_code": "OK", "error_message": ""},
            }
            self._answer(200, {"model_version_status": [status]})

        def do_POST(self):
            match = _PATH.fullmatch(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                if not match or not self.path.endswith(":predict"):
                    raise RequestError(
                        grpc.StatusCode.INVALID_ARGUMENT,
                        f"Malformed request: POST {self.path}",
                    )
                version = match["version"] and int(match["version"])
                rows = _predict_rows(model, match["name"], version, body)
                self._answer(200, {"predictions": rows})
            except RequestError as error:
                not_found = error.code is grpc.StatusCode.NOT_FOUND
                self._answer(404 if not_found else 400, {"error": str(error)})

        def _answer(self, status, body):
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


def _predict_rows(model, name, version, content: bytes) -> list[dict[str, object]]:
    try:
        body = json.loads(content)
    except ValueError as error:
        raise RequestError(
            grpc.StatusCode.INVALID_ARGUMENT, f"JSON Parse error: {error}"
        ) from error
    model.requests.append(body)
    if not isinstance(body, dict) or set(body) - _BODY_KEYS or "instances" not in body:
        raise RequestError(
            grpc.StatusCode.INVALID_ARGUMENT, "Missing 'inputs' or 'instances' key"
        )
    signature = model.signature(
        name, version, body.get("signature_name", "serving_default")
    )
    ((input_name, info),) = signature.inputs.items()
    dtype = tf.as_dtype(info.dtype)
    rows = [_unnamed(row, input_name) for row in body["instances"]]
    if dtype == tf.string:
        inputs = np.array([_decode(row) for row in rows], object)
    else:
        try:
            inputs = np.array(rows, dtype.as_numpy_dtype)
        except (ValueError, TypeError, OverflowError) as error:
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT, f"JSON Value: {error}"
            ) from error
    outputs = model.run(signature, {input_name: inputs})
    return [
        {key: _as_json(key, value[index]) for key, value in outputs.items()}
        for index in range(len(rows))
    ]


def _unnamed(row: object, input_name: str) -> object:
    """A signature's only input may be given by its name, or without it."""
    if isinstance(row, dict) and set(row) == {input_name}:
        return row[input_name]
    return row


def _decode(row: object) -> bytes:
    if isinstance(row, str):
        return row.encode()
    if isinstance(row, dict) and set(row) == {"b64"}:
        return base64.b64decode(row["b64"], validate=True)
    raise RequestError(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"JSON Value: {row!r} Type: is not of expected type: string",
    )


def _as_json(name: str, value: np.ndarray) -> object:
    if isinstance(value, bytes):
        if name.endswith("_bytes"):
            return {"b64": base64.b64encode(value).decode()}
        return value.decode()
    return value.tolist()


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
