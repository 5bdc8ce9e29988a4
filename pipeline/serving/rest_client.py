"""TensorFlow Serving over REST.

The bodies follow https://www.tensorflow.org/tfx/serving/api_rest: one instance for
each image, bytes as `{"b64": ...}`, and the one input of a signature without its name.
"""

import base64
from typing import Any

import numpy as np
import requests

from components.errors import InputError
from pipeline.serving.client import Answer, no_such_model, refusal


class RestClient:
    """Asks TensorFlow Serving's REST port."""

    def __init__(
        self, server: str, model_name: str, model_version: int | None, timeout: float
    ):
        """Constructs the client; nothing is sent yet.

        Args:
            server: `http://HOST:PORT` or `https://HOST:PORT`.
            model_name: Name under which the server has the model.
            model_version: Version to ask for; None for the newest.
            timeout: Seconds to wait for an answer.
        """
        self.model_version = model_version
        self._server = server.rstrip("/")
        self._model_name = model_name
        self._timeout = timeout

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Asks for the classes of a batch of images, as `Client` says."""
        response = self._send("POST", ":predict", request_body(signature, inputs))
        if response.status_code == requests.codes.not_found:
            raise no_such_model(
                self._server, self._model_name, self.model_version, self._states()
            )
        if not response.ok:
            raise InputError(
                f"The server at {self._server} refused the request: {_error(response)}."
            )
        try:
            return [
                Answer(row["class_id"], row["class_name"], tuple(row["probabilities"]))
                for row in response.json()["predictions"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"The server at {self._server} gave an answer that isn't this "
                f"model's: {response.text[:80]!r}; check --server and --model-name."
            ) from error

    def _send(self, method: str, verb: str, body: Any = None) -> requests.Response:
        path = f"/v1/models/{self._model_name}"
        if verb and self.model_version is not None:
            path += f"/versions/{self.model_version}"
        try:
            return requests.request(
                method, f"{self._server}{path}{verb}", json=body, timeout=self._timeout
            )
        except requests.Timeout as error:
            raise InputError(
                f"The server at {self._server} gave no answer within "
                f"{self._timeout:g} s; allow it more with --timeout."
            ) from error
        except requests.RequestException as error:
            raise InputError(
                f"No server answers at {self._server}; start TensorFlow Serving, or "
                f"name another --server."
            ) from error

    def _states(self) -> dict[int, str]:
        response = self._send("GET", "")
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
                f"The server at {self._server} gave an answer that isn't TensorFlow "
                f"Serving's: status {response.status_code}, {response.text[:80]!r}; "
                f"check --server."
            ) from error


def request_body(signature: str, inputs: np.ndarray) -> dict[str, Any]:
    """Makes the JSON body of a request for predictions.

    Args:
        signature: Name of the signature.
        inputs: uint8 pixels, or bytes in an object array.

    Returns:
        The body, as JSON values.
    """
    if inputs.dtype == np.uint8:
        instances = inputs.tolist()
    else:
        instances = [{"b64": base64.b64encode(value).decode()} for value in inputs]
    return {"signature_name": signature, "instances": instances}


def _error(response: requests.Response) -> str:
    try:
        message = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        message = f"status {response.status_code}, {response.text[:80]!r}"
    return refusal(str(message))
