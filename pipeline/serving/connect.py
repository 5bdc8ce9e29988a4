"""Chooses the client for a server's address."""

from components.errors import InputError
from pipeline.serving.client import Client


def connect(
    server: str, model_name: str, model_version: int | None, timeout: float
) -> Client:
    """Creates the client for a TensorFlow Serving server.

    Args:
        server: `http://HOST:PORT`, `https://HOST:PORT` or `grpc://HOST:PORT`.
        model_name: Name under which the server has the model.
        model_version: Version to ask for; None for the newest.
        timeout: Seconds to wait for an answer.

    Returns:
        The client; nothing is sent yet.

    Raises:
        InputError: If the address has none of these forms.
    """
    scheme, _, rest = server.partition("://")
    if scheme in ("http", "https") and rest:
        from pipeline.serving.rest_client import RestClient

        return RestClient(server, model_name, model_version, timeout)
    if scheme == "grpc" and rest:
        from pipeline.serving.grpc_client import GrpcClient

        return GrpcClient(rest.rstrip("/"), model_name, model_version, timeout)
    raise InputError(
        f"--server must be http://HOST:8501 or grpc://HOST:8500; received {server!r}; "
        f"give one of these forms."
    )
