"""Fetches a Debian package with apt, without root and without long waits."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from components.progress import advance, work
from components.source_files.checks import SourceUnavailableError
from components.source_files.debian_package import DebianPackage

# Time limits. Reading the lists takes a second, but more than 10 on a busy machine.
_QUERY_SECONDS = 60
_INDEX_SECONDS = 120
_DOWNLOAD_SECONDS = 3600
_UNPACK_SECONDS = 120
# Time without progress after which apt is stopped. apt itself gives up a silent server
# (see below); this is for anything else that hangs. It is longer than apt takes to read
# its lists, when nothing arrives either.
_STALL_SECONDS = 30
_POLL_SECONDS = 0.1

_APT_OPTIONS = (
    "Acquire::Retries=0",
    "Acquire::http::Timeout=5",
    "Acquire::https::Timeout=5",
    "Acquire::Languages=none",
    # By default, apt only warns of a list that it could not fetch.
    "APT::Update::Error-Mode=any",
    # If root runs apt, it works as another user, who can't enter the temporary folder.
    "APT::Sandbox::User=root",
)


class NotOfferedError(SourceUnavailableError):
    """This system has no apt, or apt doesn't know the package."""


@contextlib.contextmanager
def fetch_package(package: DebianPackage) -> Iterator[Path]:
    """Fetches and unpacks a package into a temporary folder; root isn't needed.

    Args:
        package: Package to fetch.

    Yields:
        Folder with the packaged files. It is removed at the end of the block.

    Raises:
        NotOfferedError: If this system has no apt, or apt doesn't know the package.
        SourceUnavailableError: If apt can't get the package.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NotOfferedError(f"there is no {tool} on this system")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        # apt names its working folder by a path without symbolic links.
        folder = Path(temporary).resolve()
        apt = _apt_get(folder, "Dir::Cache", "cache")
        size = _offered_size(apt, package)
        if size is None:
            # A new container has no package lists, and only root can write the system's
            # lists. So lists are fetched into the temporary folder.
            apt += _apt_get(folder, "Dir::State::lists", "lists")[1:]
            message = _refresh_lists(apt, folder)
            size = _offered_size(apt, package)
            if size is None:
                raise NotOfferedError(
                    message or f"no package source of this system has {package.name}"
                )
        _run_with_time_limits(
            [*apt, "download", package.name],
            folder,
            _DOWNLOAD_SECONDS,
            "downloading",
            size,
        )
        for archive in folder.glob(f"{package.name}_*.deb"):
            _run_with_time_limits(
                ["dpkg-deb", "--extract", str(archive), "unpacked"],
                folder,
                _UNPACK_SECONDS,
                "unpacking",
                size,
            )
        yield folder / "unpacked" / package.folder.relative_to(package.folder.anchor)


def _apt_get(folder: Path, setting: str, name: str) -> list[str]:
    """Returns an apt-get command that uses a subfolder in place of a system folder."""
    partial = "archives/partial" if setting == "Dir::Cache" else "partial"
    (folder / name / partial).mkdir(parents=True)
    options = [*_APT_OPTIONS, f"{setting}={folder / name}"]
    return ["apt-get", "--quiet=2", *(f"--option={option}" for option in options)]


def _offered_size(apt: list[str], package: DebianPackage) -> int | None:
    """Returns the size of the package in apt's lists; None if they don't have it."""
    try:
        finished = subprocess.run(
            [*apt, "--print-uris", "download", package.name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_QUERY_SECONDS,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailableError(
            f"apt-get gave no answer within {_QUERY_SECONDS} s"
        ) from error
    # Each line of the output is: 'URI' file-name size hash.
    for line in finished.stdout.splitlines():
        match shlex.split(line):
            case [_, _, size, *_] if size.isdigit():
                return int(size)
    return None


def _refresh_lists(apt: list[str], folder: Path) -> str | None:
    """Updates the lists; returns the reason if that failed.

    The command fails if any of several package sources is out of reach. The lists of
    the others can be used then.
    """
    command = [*apt, "update"]
    try:
        _run_with_time_limits(command, folder, _INDEX_SECONDS, "reading lists", None)
    except SourceUnavailableError as error:
        return str(error)
    return None


def _run_with_time_limits(
    command: list[str], folder: Path, seconds: float, title: str, total: int | None
) -> None:
    """Runs a command, and stops it if the folder's content no longer changes."""
    with (
        tempfile.TemporaryFile() as messages,
        work(title, total),
        _process(command, folder, messages.fileno()) as process,
    ):
        size = before = _size_of(folder)
        start = changed = time.monotonic()
        while process.poll() is None:
            time.sleep(_POLL_SECONDS)
            now, size = time.monotonic(), _size_of(folder)
            if size != before:
                advance(max(0, size - before))
                before, changed = size, now
            if now - changed > _STALL_SECONDS:
                raise SourceUnavailableError(
                    f"{command[0]} received nothing for {_STALL_SECONDS} s"
                )
            if now - start > seconds:
                raise SourceUnavailableError(
                    f"{command[0]} did not finish within {seconds:g} s"
                )
        if process.returncode:
            messages.seek(0)
            lines = messages.read().decode(errors="replace").split("\n")
            errors = [line for line in lines if line.startswith(("E:", "W:"))]
            reason = (errors or [f"exit status {process.returncode}"])[0]
            raise SourceUnavailableError(f"{command[0]}: {reason.removeprefix('E: ')}")


@contextlib.contextmanager
def _process(
    command: list[str], folder: Path, messages: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a command; if it still runs at the end, kills it with its children."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=messages,
        env=_environment(),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _size_of(folder: Path) -> int:
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            # apt may rename or remove the file meanwhile.
            with contextlib.suppress(OSError):
                size += Path(parent, name).stat().st_size
    return size
