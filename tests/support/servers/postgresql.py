"""A real PostgreSQL server on loopback, for tests."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "fashion_mnist"
DATABASE = "metadata"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Starts a server with an empty database, and stops it at the end.

    Yields:
        Address of the database, as `--metadata` takes it.
    """
    # Apart from pytest's own folder, which the server's user can't always enter.
    with (
        tempfile.TemporaryDirectory(prefix="postgresql-") as folder,
        _server_in(Path(folder)) as address,
    ):
        yield address


@contextmanager
def _server_in(folder: Path) -> Iterator[str]:
    password = secrets.token_hex(8)
    as_user = _as_ordinary_user(folder)
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(password)
    if as_user:
        shutil.chown(password_file, user="postgres")

    def run(program: str, *arguments: object) -> None:
        subprocess.run(
            [*as_user, _find(program), *map(str, arguments)],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PGPASSWORD": password},
        )

    run(
        "initdb", "--pgdata", data, "--username", USER, "--auth", "scram-sha-256",
        "--pwfile", password_file, "--no-sync",
    )  # fmt: skip
    port = _free_port()
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    run(
        "pg_ctl", "start", "--wait", "--pgdata", data, "--options", options,
        "--log", folder / "log",
    )  # fmt: skip
    try:
        run("createdb", "-h", "127.0.0.1", "-p", port, "-U", USER, DATABASE)
        yield f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"
    finally:
        run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)


def _find(program: str) -> str:
    # Debian keeps each version's programs in a folder that isn't on the path.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    found = shutil.which(program, path=path)
    assert found, f"{program} isn't installed: make system-packages"
    return found


def _as_ordinary_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: its package's own user takes over."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, user="postgres")
    return ["runuser", "-u", "postgres", "--"]


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
