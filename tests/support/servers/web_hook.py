"""A web hook: a real HTTP server that keeps what is posted to it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class WebHook(ThreadingHTTPServer):
    """The server.

    Attributes:
        received: The JSON of each request, in turn.
        status: The answer's status.
        seconds: How long it takes to answer.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Any] = []
        self.status = 200
        self.seconds = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/secret"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        time.sleep(self.server.seconds)
        with suppress(ConnectionError):
            self.send_response(self.server.status)
            if 300 <= self.server.status < 400:
                self.send_header("Location", self.server.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def web_hook() -> Iterator[WebHook]:
    """Runs the server until the block ends."""
    server = WebHook()
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
