"""The model that the stand-in for TensorFlow Serving serves."""

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2


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

    def signatures(self, name: str, version: int | None):
        wanted = version is None or version == self.version
        if name != self.name or not wanted or self.state != "AVAILABLE":
            raise RequestError(
                grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {name}"
            )
        return self._signatures

    def signature(self, name: str, version: int | None, signature: str):
        signatures = self.signatures(name, version)
        if signature not in signatures:
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f'Serving signature name: "{signature}" not found in signature def',
            )
        return signatures[signature]

    def metadata(self, name: str, version: int | None):
        """Returns the model's name and version, and its signatures."""
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for key, signature in self.signatures(name, version).items():
            signatures.signature_def[key].CopyFrom(signature)
        response.model_spec.name = self.name
        response.model_spec.version.value = self.version
        response.metadata["signature_def"].Pack(signatures)
        return response, signatures

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
