import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from components.errors import InputError
from pipeline.running.docker_check import check_docker
from pipeline.settings import Settings

WITH_DOCKER = Settings(infra_validation="docker")


class Engine(BaseHTTPRequestHandler):
    """Answers as a Docker engine does when it is asked whether it is there."""

    def do_GET(self):
        version = {"ApiVersion": "1.47", "MinAPIVersion": "1.24"}
        body = b"OK" if self.path.endswith("/_ping") else json.dumps(version).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def engine(monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()


def test_an_engine_that_answers_is_found(engine):
    check_docker(WITH_DOCKER)


@pytest.mark.parametrize("address", ["unix:///no/engine.sock", "tcp://127.0.0.1:1"])
def test_without_an_engine_one_sentence_names_the_address(monkeypatch, address):
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(InputError, match=f"none answers at {address}: .*; start one"):
        check_docker(WITH_DOCKER)


def test_a_run_that_needs_no_engine_looks_for_none(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/engine.sock")
    check_docker(Settings())
