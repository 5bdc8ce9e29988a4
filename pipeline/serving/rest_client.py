"""Asks TensorFlow Serving over REST.

The format of the requests is https://www.tensorflow.org/tfx/serving/api_rest. There is
one instance for each image. Bytes are written as `{"b64": ...}`. The name of the input
is left out, because each signature has only one.
"""

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import requests

from components.errors import InputError
from components.served_model.signatures import (
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

# What TensorFlow Serving, or a proxy before it, answers when it has too many requests.
_BUSY = (requests.codes.too_many_requests, requests.codes.service_unavailable)


class RestClient:
    """A client of TensorFlow Serving's REST port."""

    def __init__(
        self,
        server: str,
        model_name: str,
        model_version: int | None,
        timeout: float,
        option: str = "--server",
    ):
        """Constructs the client, and sends nothing yet.

        Args:
            server: `http://HOST:PORT` or `https://HOST:PORT`.
            model_name: Name under which the server has the model.
            model_version: Version to ask for; None for the newest.
            timeout: Seconds to wait for an answer.
            option: Option by which the user names the server, for errors.
        """
        self._option = option
        self.model_version = model_version
        self._server = server.rstrip("/")
        self._model_name = model_name
        self._timeout = timeout
        self._class_names: tuple[str, ...] | None = None

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Predicts the classes of a batch of images; see `Client.predict`."""
        response = self._ask("POST", ":predict", request_body(signature, inputs))
        try:
            return [
                Answer(row["class_id"], row["class_name"], tuple(row["probabilities"]))
                for row in response.json()["predictions"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise self._other_model_error(response) from error

    def class_names(self, count: int) -> tuple[str, ...]:
        """Returns the names of the classes; see `Client.class_names`."""
        if CLASS_NAMES not in self._signatures:
            return ()
        if self._class_names is None:
            body = request_body(CLASS_NAMES, np.arange(count))
            response = self._ask("POST", ":predict", body)
            try:
                # A signature with one output gives values without the output's name.
                self._class_names = tuple(map(str, response.json()["predictions"]))
            except (ValueError, KeyError, TypeError) as error:
                raise self._other_model_error(response) from error
        return self._class_names

    def input_shape(self) -> InputShape:
        """Returns the shape of the model's images; see `Client.input_shape`."""
        signatures = self._signatures
        try:
            inputs = signatures[PREDICT_IMAGES]["inputs"]
            shape = inputs[INPUT_NAMES[PREDICT_IMAGES]]["tensor_shape"]
            return to_input_shape([int(dim["size"]) for dim in shape["dim"]])
        except (ValueError, KeyError, TypeError) as error:
            raise other_model_error(
                self._server, f"it takes no images by a signature {PREDICT_IMAGES}"
            ) from error

    @cached_property
    def _signatures(self) -> Mapping[str, Any]:
        """The model's signatures, by name."""
        response = self._ask("GET", "/metadata")
        try:
            signatures = response.json()["metadata"]["signature_def"]["signature_def"]
            return dict(signatures)
        except (ValueError, KeyError, TypeError) as error:
            raise self._other_model_error(response) from error

    def _ask(self, method: str, verb: str, body: Any = None) -> requests.Response:
        """Asks the model, and makes sentences of what the server refuses."""
        response = self._send(method, verb, body)
        if response.status_code == requests.codes.not_found:
            raise unknown_model_error(
                self._server, self._model_name, self.model_version, self.states()
            )
        if response.status_code in _BUSY:
            raise busy_error(self._server)
        if not response.ok:
            raise RequestRefusedError(
                f"The server at {self._server} refused the request: "
                f"{_describe_error(response)}."
            )
        return response

    def _other_model_error(self, response: requests.Response) -> InputError:
        return other_model_error(self._server, f"it answered {response.text[:80]!r}")

    def _send(
        self, method: str, verb: str, body: Any = None, label: str | None = None
    ) -> requests.Response:
        path = f"/v1/models/{self._model_name}"
        if label is not None:
            path += f"/labels/{label}"
        elif verb and self.model_version is not None:
            path += f"/versions/{self.model_version}"
        try:
            return requests.request(
                method, f"{self._server}{path}{verb}", json=body, timeout=self._timeout
            )
        except requests.Timeout as error:
            # Other commands' --timeout is another time, or they have none.
            advice = (
                "allow more time with --timeout"
                if self._option == "--server"
                else "look at the server's log"
            )
            raise InputError(
                f"The server at {self._server} gave no answer within "
                f"{self._timeout:g} s; {advice}."
            ) from error
        except requests.RequestException as error:
            raise InputError(
                f"No server answers at {self._server}; start TensorFlow Serving, or "
                f"name another {self._option}."
            ) from error

    def states(self, label: str | None = None) -> dict[int, str]:
        """Asks for the states of the versions that the server knows.

        Args:
            label: Label of the only version to ask for; all versions if None.

        Returns:
            The state of each version, in the words of TensorFlow Serving; none if the
            server doesn't know the model or the label.

        Raises:
            InputError: If no server answers, or one that isn't TensorFlow Serving.
        """
        response = self._send("GET", "", label=label)
        try:
            answer = response.json()
            if "error" in answer:
                return {}
            return {
                int(status["version"]): str(status["state"])
                for status in answer["model_version_status"]
            }
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"The server at {self._server} must be TensorFlow Serving; it answered "
                f"with status {response.status_code}, {response.text[:80]!r}; check "
                f"{self._option}."
            ) from error


def request_body(signature: str, inputs: np.ndarray) -> dict[str, Any]:
    """Creates the JSON body of a request for predictions.

    Args:
        signature: Name of the signature.
        inputs: An array of integers, for example pixels of shape (N, height, width[,
            channels]), or an object array of bytes, of shape (N,).

    Returns:
        The body, as JSON values.
    """
    if inputs.dtype != object:
        instances = inputs.tolist()
    else:
        instances = [{"b64": base64.b64encode(value).decode()} for value in inputs]
    return {"signature_name": signature, "instances": instances}


def _describe_error(response: requests.Response) -> str:
    try:
        message = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        message = f"status {response.status_code}, {response.text[:80]!r}"
    return extract_reason(str(message))
