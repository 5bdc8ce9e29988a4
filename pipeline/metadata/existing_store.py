"""Opens a store that exists already, to read what runs wrote."""

import sqlite3
from contextlib import closing
from pathlib import Path

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.metadata.connection import (
    check_server,
    connection_config,
    without_password,
)

# Time to wait for a lock of the SQLite file. A run that writes holds the lock for some
# milliseconds at a time; ML Metadata itself would wait for half a minute.
_LOCK_SECONDS = 2


def open_existing_store(
    address: str, writable: bool = False
) -> ml_metadata.MetadataStore:
    """Opens a store that exists already, and creates none.

    Args:
        address: As `connection_config` takes it.
        writable: Whether a SQLite file may be changed. What a killed run has half
            written is taken back in any case.

    Returns:
        The store.

    Raises:
        InputError: If there is no store, it is in use, or it can't be read.
    """
    config = connection_config(address)
    check_server(address)
    if "://" not in address:
        _check_sqlite_file(Path(address))
        if not writable:
            config.sqlite.connection_mode = pb.SqliteMetadataSourceConfig.READONLY
    try:
        store = ml_metadata.MetadataStore(config)
        # A client of a server connects only with its first query.
        store.get_context_types()
    except (RuntimeError, ml_metadata.errors.StatusError) as error:
        message = str(error)
        if "is greater than library version" in message:
            raise InputError(
                f"ML Metadata at {without_password(address)} was written by a newer "
                f"ml-metadata than the installed one; use the environment that wrote "
                f"it, or a newer one."
            ) from error
        raise InputError(
            f"ML Metadata must be readable at {without_password(address)}; received: "
            f"{_first_line(message)}; check the address and that its server is "
            f"running."
        ) from error
    return store


def _check_sqlite_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(
            f"There are no runs yet: ML Metadata's file {path} is not there; run the "
            f"pipeline first, or name another place with --output or --metadata."
        )
    try:
        tables = _list_tables(path)
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise InputError(
                f"ML Metadata's file {path} must be readable; received: {error}; check "
                f"its permissions."
            ) from error
        raise InputError(
            f"ML Metadata's file {path} is locked by another program; try again when "
            f"that has ended."
        ) from error
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"ML Metadata must be a SQLite file; received {path}, which is another "
            f"kind of file; name another one with --metadata."
        ) from error
    if ("MLMDEnv",) not in tables:
        raise InputError(
            f"{path} must be a store of ML Metadata; it lacks the tables of one; run "
            f"the pipeline first, or name another place with --output or --metadata."
        )


def _list_tables(path: Path, mode: str = "ro") -> list[tuple[str]]:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_LOCK_SECONDS)) as database:
            return database.execute("SELECT name FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        if mode != "ro" or "readonly" not in str(error):
            raise
    # A run was killed while it wrote. SQLite takes that back, if it may write.
    return _list_tables(path, "rw")


def _first_line(message: str) -> str:
    return (message.strip().splitlines() or ["no reason"])[0].rstrip(".")
