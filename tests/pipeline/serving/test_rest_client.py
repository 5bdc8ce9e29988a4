"""What the REST client says of servers that aren't TensorFlow Serving."""

import http.server
import json
import socket
import threading

import numpy as np
import pytest

from components.errors import InputError
from pipeline.serving.rest_client import RestClient

HTML = "<html>There is no such page.</html>"


@pytest.fixture
def ask():
    """Asks a server that answers every POST and every GET as it is told."""
    servers = []

    def ask(post, get):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(*post)

            def do_GET(self):
                self.answer(*get)

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        client = RestClient(
            f"http://127.0.0.1:{server.server_port}", "fashion_mnist", None, 10
        )
        return client.predict("predict_images", np.zeros((1, 28, 28), np.uint8))

    yield ask
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "get",
    [
        (200, HTML),
        (404, HTML),
        (200, "[]"),
        (200, '{"status": "up"}'),
        (200, '{"model_version_status": [{"version": "new"}]}'),
        (200, '{"model_version_status": 3}'),
    ],
)
def test_a_server_that_is_another_one_is_told_from_a_missing_model(ask, get):
    with pytest.raises(InputError, match=r"must be TensorFlow Serving; .*--server"):
        ask((404, HTML), get)


def test_a_missing_model_is_said_as_tensorflow_serving_says_it(ask):
    error = json.dumps({"error": "Could not find any versions of model fashion_mnist"})
    with pytest.raises(InputError, match="has no model 'fashion_mnist'"):
        ask((404, error), (404, error))


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ("--server", "allow more time with --timeout"),
        ("--rest", "look at the server's log"),  # `versions` has no --timeout
    ],
)
def test_a_slow_server_is_said_with_advice_for_the_command(option, advice):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        client = RestClient(address, "fashion_mnist", None, 0.1, option)
        with pytest.raises(InputError) as caught:
            client.states()
    assert str(caught.value).endswith(f"gave no answer within 0.1 s; {advice}.")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_said(ask, status):
    with pytest.raises(InputError, match="is busy and refused the request; send fewer"):
        ask((status, HTML), (200, HTML))
