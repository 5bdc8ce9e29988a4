"""Advises users when the source files of a data set aren't available."""

from __future__ import annotations

from collections.abc import Sequence

from components.source_files.debian_package import DebianPackage
from components.source_files.registration import Registration

_FILES_SHOWN = 6


def advise(registration: Registration, package: DebianPackage | None) -> str:
    """Lists the ways to get the files that are possible on this system.

    Args:
        registration: The data set's registration.
        package: Debian package with the files that apt can install here; None if there
            is none.

    Returns:
        A clause for an error.
    """
    ways = ["connect to the network"]
    if package is not None:
        ways.append(f"install the package by `apt-get install {package.name}`")
    if registration.has_distinct_file_names:
        ways.append(
            f"download {list_urls(registration)} into a folder and give it with "
            f"--data-mirror"
        )
    return ", or ".join(ways)


def list_urls(registration: Registration) -> str:
    """Lists the URLs of the files, and their names if the URLs end differently.

    Args:
        registration: The data set's registration.

    Returns:
        The list, for a sentence.
    """
    return _join(
        [
            file.url
            if file.url.endswith(f"/{file.name}")
            else f"{file.url} as {file.name}"
            for file in registration.files
        ]
    )


def list_names(registration: Registration) -> str:
    """Lists the names of the files.

    Args:
        registration: The data set's registration.

    Returns:
        The list, for a sentence.
    """
    return _join([file.name for file in registration.files])


def _join(items: Sequence[str]) -> str:
    if not 0 < len(items) <= _FILES_SHOWN:
        return "the files that TFDS registers for this set"
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
