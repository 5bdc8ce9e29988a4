"""Asks TensorFlow Serving over gRPC, with its published stubs."""

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from components.errors import InputError
from components.served_model.signatures import INPUT_NAMES
from pipeline.serving.client import Answer, extract_reason, unknown_model_error


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

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Predicts the classes of a batch of images; see `Client.predict`."""
        request = predict_pb2.PredictRequest()
        request.model_spec.name = self._model_name
        request.model_spec.signature_name = signature
        if self.model_version is not None:
            request.model_spec.version.value = self.model_version
        request.inputs[INPUT_NAMES[signature]].CopyFrom(tf.make_tensor_proto(inputs))
        stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        try:
            outputs = stub.Predict(request, timeout=self._timeout).outputs
        except grpc.RpcError as error:
            raise self._to_input_error(error) from error
        missing = {"class_id", "class_name", "probabilities"} - set(outputs)
        if missing:
            raise InputError(
                f"The server at {self._server} must have this project's model; its "
                f"answer lacks {', '.join(sorted(missing))}; check --server and "
                f"--model-name."
            )
        return [
            Answer(int(class_id), name.decode(), tuple(map(float, probabilities)))
            for class_id, name, probabilities in zip(
                tf.make_ndarray(outputs["class_id"]),
                tf.make_ndarray(outputs["class_name"]),
                tf.make_ndarray(outputs["probabilities"]),
                strict=True,
            )
        ]

    def _to_input_error(self, error: grpc.RpcError) -> InputError:
        code = error.code()
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
        reason = extract_reason(error.details() or code.name)
        return InputError(
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
