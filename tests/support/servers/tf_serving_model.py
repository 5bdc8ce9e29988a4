"""The model that the stand-in for TensorFlow Serving serves: versions and labels."""

import threading
import time
from collections import Counter
from collections.abc import Mapping

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2

AVAILABLE, LOADING, END = "AVAILABLE", "LOADING", "END"


class RequestError(Exception):
    """A request that the real server would refuse."""

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(message)
        self.code = code


class LoadedVersion:
    """A version, loaded as the real server does: a session and the tensors' names."""

    def __init__(self, number: int, folder: str):
        """Loads the SavedModel in a folder."""
        self.number = number
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            graph = tf.compat.v1.saved_model.load(self._session, ["serve"], folder)
        self.signatures = graph.signature_def

    def run(self, signature, inputs):
        """Runs a signature on arrays, by the names of its inputs."""
        if set(inputs) != set(signature.inputs):
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"input size does not match signature: {len(inputs)}!="
                f"{len(signature.inputs)}",
            )
        for name, value in inputs.items():
            wanted = tf.as_dtype(signature.inputs[name].dtype)
            given = tf.as_dtype(value.dtype)
            if given != wanted:
                raise RequestError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"Expects arg[0] to be {wanted.name} but {given.name} is provided",
                )
        try:
            return self._session.run(
                {key: info.name for key, info in signature.outputs.items()},
                {signature.inputs[key].name: value for key, value in inputs.items()},
            )
        except (tf.errors.OpError, TypeError, ValueError) as error:
            message = str(error).removeprefix("Graph execution error:").strip()
            raise RequestError(grpc.StatusCode.INVALID_ARGUMENT, message) from error


class ServedModel:
    """Versions of a model, in the states in which the real server reports them.

    Attributes:
        states: State of each version that the server has known.
        errors: Why a version couldn't be loaded.
        labels: Version of each label.
        requests: The bodies and messages that asked for predictions.
        counts: How many of them ended with each status.
        latencies: Name of the API, name of the port, and seconds of each that was OK.
        busy: Code and message with which gRPC calls are refused; None to answer them.
    """

    def __init__(self, name: str):
        """Constructs a model without versions."""
        self.name = name
        self.states: dict[int, str] = {}
        self.errors: dict[int, str] = {}
        self.labels: dict[str, int] = {}
        self.requests: list[object] = []
        self.counts: Counter[str] = Counter()
        self.latencies: list[tuple[str, str, float]] = []
        self.busy: tuple[str, str] | None = None
        self._loaded: dict[int, LoadedVersion] = {}
        self._lock = threading.Lock()

    def load(self, number: int, folder: str) -> None:
        """Loads a version; a damaged one ends with an error."""
        self.states[number] = LOADING
        try:
            loaded = LoadedVersion(number, folder)
        except Exception as error:
            self.errors[number] = str(error).splitlines()[0]
            self.states[number] = END
            return
        with self._lock:
            self._loaded[number] = loaded
            self.states[number] = AVAILABLE

    def unload(self, number: int) -> None:
        """Ends a version."""
        with self._lock:
            self._loaded.pop(number, None)
            self.states[number] = END

    def available(self) -> list[int]:
        """Returns the versions that answer, oldest first."""
        return sorted(each for each, state in self.states.items() if state == AVAILABLE)

    def version_of(
        self, name: str, version: int | None, label: str | None
    ) -> LoadedVersion:
        """Finds what answers a request, as the real server does."""
        if label is not None:
            version = self._number_of(name, label)
        with self._lock:
            available = self.available() if name == self.name else []
            if version is None and available:
                return self._loaded[available[-1]]
            if version in available:
                return self._loaded[version]
        wanted = (
            f"Latest({name})" if version is None else f"Specific({name}, {version})"
        )
        raise RequestError(
            grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {wanted}"
        )

    def states_of(
        self, name: str, version: int | None, label: str | None
    ) -> Mapping[int, str]:
        """Returns the states that a request for the status gets, the newest first."""
        if label is not None:
            version = self._number_of(name, label)
        known = self.states if name == self.name else {}
        if version is None and known:
            return dict(sorted(known.items(), reverse=True))
        if version in known:
            return {version: known[version]}
        which = "any versions" if version is None else f"version {version}"
        raise RequestError(
            grpc.StatusCode.NOT_FOUND, f"Could not find {which} of model {name}"
        )

    def metadata(self, name: str, version: int | None, label: str | None):
        """Returns the model's name and version, and its signatures."""
        loaded = self.version_of(name, version, label)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for key, signature in loaded.signatures.items():
            signatures.signature_def[key].CopyFrom(signature)
        response.model_spec.name = self.name
        response.model_spec.version.value = loaded.number
        response.metadata["signature_def"].Pack(signatures)
        return response, signatures

    def counted(self, api: str, port: str, answer):
        """Answers a request, and counts it for the metrics.

        Over REST, the real server also counts questions for the state and the metadata
        of a model; they have no API.
        """
        started = time.monotonic()
        try:
            answered = answer()
        except RequestError as error:
            self.counts[error.code.name] += 1
            raise
        self.counts["OK"] += 1
        self.latencies.append((api, port, time.monotonic() - started))
        return answered

    def _number_of(self, name: str, label: str) -> int:
        if name != self.name or label not in self.labels:
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"Unrecognized servable version label: {label}",
            )
        return self.labels[label]
