"""Asks TensorFlow Serving over gRPC, with its published stubs."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from components.errors import InputError
from components.served_model.signatures import (
    CLASS_IDS,
    CLASS_NAMES,
    INPUT_NAMES,
    PREDICT_IMAGES,
)
from pipeline.serving.client import (
    Answer,
    InputShape,
    RequestRefusedError,
    busy_error,
    extract_reason,
    other_model_error,
    to_input_shape,
    unknown_model_error,
)

_SIGNATURES = "signature_def"
"""Field of a model's metadata."""

# Of TensorFlow's message when a server with batching has too many requests.
_FULL_QUEUE = "batch scheduling queue"


class GrpcClient:
    """A client of TensorFlow Serving's gRPC port."""

    def __init__(
        self, target: str, model_name: str, model_version: int | None, timeout: float
    ):
        """Constructs the client, and sends nothing yet.

        Args:
            target: `HOST:PORT`.
            model_name: Name under which the server has the model.
            model_version: Version to ask for; None for the newest.
            timeout: Seconds to wait for an answer.
        """
        self.model_version = model_version
        self._server = f"grpc://{target}"
        self._model_name = model_name
        self._timeout = timeout
        self._channel = grpc.insecure_channel(target)
        self._class_names: tuple[str, ...] | None = None

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Predicts the classes of a batch of images; see `Client.predict`."""
        outputs = self._ask(signature, INPUT_NAMES[signature], inputs)
        missing = {"class_id", "class_name", "probabilities"} - set(outputs)
        if missing:
            lacking = ", ".join(sorted(missing))
            raise other_model_error(self._server, f"its answer lacks {lacking}")
        return [
            Answer(int(class_id), name.decode(), tuple(map(float, probabilities)))
            for class_id, name, probabilities in zip(
                tf.make_ndarray(outputs["class_id"]),
                tf.make_ndarray(outputs["class_name"]),
                tf.make_ndarray(outputs["probabilities"]),
                strict=True,
            )
        ]

    def class_names(self, count: int) -> tuple[str, ...]:
        """Returns the names of the classes; see `Client.class_names`."""
        if CLASS_NAMES not in self._signatures:
            return ()
        if self._class_names is None:
            class_ids = np.arange(count, dtype=np.int64)
            outputs = self._ask(CLASS_NAMES, CLASS_IDS, class_ids)
            names = tf.make_ndarray(outputs["class_name"])
            self._class_names = tuple(name.decode() for name in names)
        return self._class_names

    def input_shape(self) -> InputShape:
        """Returns the shape of the model's images; see `Client.input_shape`."""
        signatures = self._signatures
        try:
            inputs = signatures[PREDICT_IMAGES].inputs
            shape = inputs[INPUT_NAMES[PREDICT_IMAGES]].tensor_shape
            return to_input_shape([dim.size for dim in shape.dim])
        except (KeyError, ValueError) as error:
            raise other_model_error(
                self._server, f"it takes no images by a signature {PREDICT_IMAGES}"
            ) from error

    def _ask(
        self, signature: str, input_name: str, inputs: np.ndarray
    ) -> Mapping[str, Any]:
        """Returns the outputs of a signature."""
        request = predict_pb2.PredictRequest()
        self._fill(request.model_spec)
        request.model_spec.signature_name = signature
        request.inputs[input_name].CopyFrom(tf.make_tensor_proto(inputs))
        stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        return self._call(stub.Predict, request).outputs

    @cached_property
    def _signatures(self) -> Mapping[str, Any]:
        """The model's signatures, by name."""
        request = get_model_metadata_pb2.GetModelMetadataRequest()
        self._fill(request.model_spec)
        request.metadata_field.append(_SIGNATURES)
        stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        response = self._call(stub.GetModelMetadata, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response.metadata[_SIGNATURES].Unpack(signatures)
        return signatures.signature_def

    def _fill(self, model_spec: Any) -> None:
        model_spec.name = self._model_name
        if self.model_version is not None:
            model_spec.version.value = self.model_version

    def _call(self, method: Callable[..., Any], request: object) -> Any:
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise self._to_input_error(error) from error

    def _to_input_error(self, error: grpc.RpcError) -> InputError:
        code, details = error.code(), error.details() or ""
        if _is_busy(code, details):
            return busy_error(self._server)
        if code is grpc.StatusCode.UNAVAILABLE:
            return InputError(
                f"No server answers at {self._server}; start TensorFlow Serving, or "
                f"name another --server."
            )
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return InputError(
                f"The server at {self._server} gave no answer within "
                f"{self._timeout:g} s; allow more time with --timeout."
            )
        if code is grpc.StatusCode.NOT_FOUND:
            return unknown_model_error(
                self._server, self._model_name, self.model_version, self._states()
            )
        reason = extract_reason(details or code.name)
        return RequestRefusedError(
            f"The server at {self._server} refused the request: {reason}."
        )

    def _states(self) -> dict[int, str]:
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self._model_name
        stub = model_service_pb2_grpc.ModelServiceStub(self._channel)
        try:
            response = stub.GetModelStatus(request, timeout=self._timeout)
        except grpc.RpcError:
            return {}
        state_name = get_model_status_pb2.ModelVersionStatus.State.Name
        return {
            status.version: state_name(status.state)
            for status in response.model_version_status
        }


def _is_busy(code: grpc.StatusCode, details: str) -> bool:
    """Tells whether a server has too much to do, by its code and its message."""
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        # A message that is too large has this code too, and says so.
        return "larger than" not in details
    return code is grpc.StatusCode.UNAVAILABLE and _FULL_QUEUE in details
