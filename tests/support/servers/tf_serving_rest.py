"""The REST port of the stand-in for TensorFlow Serving."""

import json
import re
from http.server import BaseHTTPRequestHandler

import grpc
from google.protobuf import json_format

from tests.support.servers.tf_serving_json import (
    parse_body,
    read_inputs,
    write_outputs,
)
from tests.support.servers.tf_serving_metrics import METRICS_PATH, format_metrics
from tests.support.servers.tf_serving_model import RequestError, ServedModel

_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+)|/labels/(?P<label>\w+))?"
    r"(?P<verb>:predict|/metadata)?",
    re.IGNORECASE,
)


def rest_handler(model: ServedModel) -> type[BaseHTTPRequestHandler]:
    """Creates the handler of HTTP requests.

    Args:
        model: What it serves.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == METRICS_PATH:
                self._send(200, "text/plain", format_metrics(model))
            else:
                self._answer(self._get)

        def do_POST(self):
            self._body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            self._answer(self._post)

        def _get(self, name, version, label, verb):
            if verb == ":predict":
                raise self._malformed()
            return model.counted(
                "", "REST", lambda: self._describe(name, version, label, verb)
            )

        def _describe(self, name, version, label, verb):
            if verb == "/metadata":
                return _metadata_as_json(*model.metadata(name, version, label))
            states = model.states_of(name, version, label)
            return {
                "model_version_status": [self._status(*each) for each in states.items()]
            }

        def _status(self, version, state):
            error = model.errors.get(version, "")
            code = "UNKNOWN" if error else "OK"
            return {
                "version": str(version),
                "state": state,
                "status": {"error_code": code, "error_message": error},
            }

        def _post(self, name, version, label, verb):
            if verb != ":predict":
                raise self._malformed()
            return model.counted(
                "predict", "REST", lambda: self._predict(name, version, label)
            )

        def _predict(self, name, version, label):
            body = parse_body(self._body)
            model.requests.append(body)
            loaded = model.version_of(name, version, label)
            key = body.get("signature_name") or "serving_default"
            if key not in loaded.signatures:
                raise RequestError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f'Serving signature name: "{key}" not found in signature def',
                )
            signature = loaded.signatures[key]
            inputs = read_inputs(body, signature.inputs)
            return write_outputs(body, loaded.run(signature, inputs))

        def _answer(self, method):
            match = _PATH.fullmatch(self.path)
            if not self.path.lower().startswith("/v1/"):
                self._send(404, "text/html", "Not Found")
                return
            try:
                if not match:
                    raise self._malformed()
                version = match["version"]
                status, body = (
                    200,
                    method(
                        match["name"],
                        int(version) if version else None,
                        match["label"],
                        match["verb"] and match["verb"].lower(),
                    ),
                )
            except RequestError as error:
                not_found = error.code is grpc.StatusCode.NOT_FOUND
                status, body = 404 if not_found else 400, {"error": str(error)}
            self._send(status, "application/json", json.dumps(body))

        def _malformed(self):
            return RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"Malformed request: {self.command} {self.path}",
            )

        def _send(self, status, kind, text):
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


def _metadata_as_json(response, signatures):
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
