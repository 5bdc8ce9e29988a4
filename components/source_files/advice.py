"""What a user can do when a data set's source files can't be had."""

from __future__ import annotations

from collections.abc import Sequence

from components.source_files.debian_package import DebianPackage
from components.source_files.registration import Registration

_FILES_SHOWN = 6


def advise(registration: Registration, package: DebianPackage | None) -> str:
    """Lists the ways to get the files, each of which works on this system.

    Args:
        registration: The data set's registration.
        package: Package that holds the files and that apt can install here; None if
            there is none.

    Returns:
        A clause.
    """
    ways = ["connect to the network"]
    if package is not None:
        ways.append(f"install the package by `apt-get install {package.name}`")
    if registration.has_distinct_file_names:
        ways.append(
            f"download {list_urls(registration)} into a folder and name it with "
            f"--data-mirror"
        )
    return ", or ".join(ways)


def list_urls(registration: Registration) -> str:
    """Lists the files' URLs, each with the file's name where it ends in another one.

    Args:
        registration: The data set's registration.
    """
    return _list(
        [
            file.url
            if file.url.endswith(f"/{file.name}")
            else f"{file.url} as {file.name}"
            for file in registration.files
        ]
    )


def list_names(registration: Registration) -> str:
    """Lists the files' names.

    Args:
        registration: The data set's registration.
    """
    return _list([file.name for file in registration.files])


def _list(words: Sequence[str]) -> str:
    if not 0 < len(words) <= _FILES_SHOWN:
        return "the files that TFDS registers for this set"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
