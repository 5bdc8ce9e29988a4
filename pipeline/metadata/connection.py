"""Connects to ML Metadata at an address, and says what is wrong with an address."""

import difflib
import re
import socket
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError

# The default ports of the databases and of ML Metadata's gRPC server.
_PORTS = {"postgresql": 5432, "mysql": 3306, "grpc": 8080}
_CONNECT_SECONDS = 10
_OPEN_ATTEMPTS = 5


def connection_config(
    address: str,
) -> pb.ConnectionConfig | pb.MetadataStoreClientConfig:
    """Creates the configuration with which ML Metadata and TFX connect.

    Args:
        address: Path of a SQLite file, or
            `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, `mysql://` in the same
            form, or `grpc://HOST:PORT` for ML Metadata's own server. The default port
            is used if none is given.

    Returns:
        The configuration of a client for `grpc`, and of a database otherwise.

    Raises:
        InputError: If the address has none of these forms.
    """
    if "://" not in address:
        return pb.ConnectionConfig(
            sqlite=pb.SqliteMetadataSourceConfig(
                filename_uri=str(Path(address).absolute()),
                connection_mode=pb.SqliteMetadataSourceConfig.READWRITE_OPENCREATE,
            )
        )
    try:
        parts = urlsplit(address)
        default_port = _PORTS.get(parts.scheme)
        port = parts.port or default_port
    except ValueError:
        # The message of this error may quote the password.
        raise _address_error(address) from None
    if not parts.hostname or not port or not default_port:
        raise _address_error(address)
    if parts.query or parts.fragment:
        raise _address_error(address)
    if parts.scheme == "grpc":
        return pb.MetadataStoreClientConfig(host=parts.hostname, port=port)
    database = parts.path.strip("/")
    if not database or not parts.username:
        raise _address_error(address)
    user, password = unquote(parts.username), unquote(parts.password or "")
    if parts.scheme == "postgresql":
        return pb.ConnectionConfig(
            postgresql=pb.PostgreSQLDatabaseConfig(
                host=parts.hostname,
                port=str(port),
                user=user,
                password=password,
                dbname=database,
            )
        )
    return pb.ConnectionConfig(
        mysql=pb.MySQLDatabaseConfig(
            host=parts.hostname,
            port=port,
            user=user,
            password=password,
            database=database,
        )
    )


def open_store(address: str) -> ml_metadata.MetadataStore:
    """Opens a store, and creates its SQLite file if there is none.

    Args:
        address: As `connection_config` takes it.

    Returns:
        The store.

    Raises:
        InputError: If the address is malformed.
    """
    return ml_metadata.MetadataStore(connection_config(address))


def check_connection(address: str) -> None:
    """Connects once, and raises an error that says what is wrong if that fails.

    ML Metadata itself reports only that there is no connection.

    Args:
        address: As `connection_config` takes it.

    Raises:
        InputError: If the address is malformed, the server can't be reached, or it
            refuses the user.
    """
    config = connection_config(address)
    shown = without_password(address)
    check_server(address)
    try:
        _open_or_create(config)
    except RuntimeError as error:
        raise InputError(
            f"The server of ML Metadata must accept the user; received {shown}: it "
            f"answers, but refuses; check the user, the password and the database."
            if "://" in address
            else f"ML Metadata must be a SQLite file that can be written; received "
            f"{shown}: {error}; choose another file, or make this one writable."
        ) from error


def check_server(address: str) -> None:
    """Checks that a server answers at an address; does nothing for a file.

    Args:
        address: An address that `connection_config` accepts.

    Raises:
        InputError: If the server can't be reached.
    """
    if "://" not in address:
        return
    parts = urlsplit(address)
    server = (parts.hostname, parts.port or _PORTS[parts.scheme])
    try:
        socket.create_connection(server, timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise InputError(
            f"The server of ML Metadata must be reachable; received "
            f"{without_password(address)}: {error.strerror or error}; check the "
            f"address, and that the server is running."
        ) from error


def _open_or_create(
    config: pb.ConnectionConfig | pb.MetadataStoreClientConfig,
) -> None:
    """Opens a store. The first process creates the tables; others may fail then."""
    for attempt in range(1, _OPEN_ATTEMPTS + 1):
        try:
            ml_metadata.MetadataStore(config)
            return
        except RuntimeError:
            if attempt == _OPEN_ATTEMPTS:
                raise
            time.sleep(0.2 * attempt)


def without_password(address: str) -> str:
    """Returns an address without its password, so that it can be shown.

    Example:
        >>> without_password("postgresql://me:secret@db:5432/metadata")
        'postgresql://me@db:5432/metadata'
    """
    if "://" not in address:
        return address
    scheme, _, rest = address.partition("://")
    server = re.split("[/?#]", rest, maxsplit=1)[0]
    after = rest[len(server) :]
    # Split at the last @, since a password may hold one too.
    user, at, host = server.rpartition("@")
    user = user.partition(":")[0]
    if "@" in after:
        # The password isn't escaped, so nobody can know where it ends.
        return f"{scheme}://{user or server.partition(':')[0]}@..."
    if not at:
        # The host may have been forgotten: what looks like a port may be the password.
        host = re.sub(r":(?!\d*$)[^\]]*$", "", host)
    path = re.split("[?#]", after, maxsplit=1)[0]
    return f"{scheme}://{user}{at}{host}{path}"


def _address_error(address: str) -> InputError:
    scheme, _, rest = address.partition("://")
    scheme = scheme.lower()
    nearest = difflib.get_close_matches(scheme, _PORTS, n=1)
    if scheme not in _PORTS and nearest:
        advice = f"; did you mean {nearest[0]}://?"
    elif scheme in _PORTS and re.search("[?#]", rest):
        advice = (
            "; leave out options after a question mark, and write ? in a password as "
            "%3F and # as %23."
        )
    else:
        advice = "; choose one of these forms."
    return InputError(
        f"The address of ML Metadata must be a SQLite file, "
        f"postgresql://USER:PASSWORD@HOST:PORT/DATABASE, mysql:// in the same form, or "
        f"grpc://HOST:PORT; received {without_password(address)!r}{advice}"
    )
