"""The REST port of the stand-in for TensorFlow Serving."""

import base64
import json
import re
from http.server import BaseHTTPRequestHandler

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format

from tests.support.servers.tf_serving_model import RequestError, ServedModel

_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)(/versions/(?P<version>\d+))?"
    r"(?P<verb>:predict|/metadata)?"
)
_BODY_KEYS = {"signature_name", "instances", "inputs"}


def rest_handler(model: ServedModel) -> type[BaseHTTPRequestHandler]:
    """Creates the handler of HTTP requests.

    Args:
        model: What it serves.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._try(self._get)

        def do_POST(self):
            self._body = self.rfile.read(int(self.headers["Content-Length"]))
            self._try(self._post)

        def _get(self, match):
            if match["verb"] == ":predict":
                raise self._malformed()
            if match["verb"] == "/metadata":
                return _metadata_as_json(model, match["name"], _version(match))
            known = _version(match) in (None, model.version)
            if match["name"] != model.name or not known:
                raise RequestError(
                    grpc.StatusCode.NOT_FOUND,
                    f"Could not find any versions of model {match['name']}",
                )
            status = {
                "version": str(model.version),
                "state": model.state,
                "status": {"error_code": "OK", "error_message": ""},
            }
            return {"model_version_status": [status]}

        def _post(self, match):
            if match["verb"] != ":predict":
                raise self._malformed()
            rows = _predict_rows(model, match["name"], _version(match), self._body)
            return {"predictions": rows}

        def _try(self, method):
            match = _PATH.fullmatch(self.path)
            try:
                if not match:
                    raise self._malformed()
                self._answer(200, method(match))
            except RequestError as error:
                not_found = error.code is grpc.StatusCode.NOT_FOUND
                self._answer(404 if not_found else 400, {"error": str(error)})

        def _malformed(self):
            return RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"Malformed request: {self.command} {self.path}",
            )

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


def _version(match: re.Match[str]) -> int | None:
    return int(match["version"]) if match["version"] else None


def _metadata_as_json(model: ServedModel, name: str, version: int | None):
    response, signatures = model.metadata(name, version)
    # As protobuf writes JSON: 64-bit numbers are strings, and defaults are written.
    return {
        "model_spec": {
            "name": response.model_spec.name,
            "signature_name": "",
            "version": str(response.model_spec.version.value),
        },
        "metadata": {
            "signature_def": json_format.MessageToDict(
                signatures,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
        },
    }


def _predict_rows(model, name, version, content: bytes) -> list[object]:
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
    if len(outputs) == 1:
        ((name, value),) = outputs.items()
        return [_as_json(name, each) for each in value]
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
