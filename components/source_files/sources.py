"""Collects the source files of a data set, with or without a network.

Nothing here imports TensorFlow, so that errors show within seconds.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from etils import epath

from components.errors import InputError
from components.progress import advance, work
from components.source_files.advice import advise, list_names, list_urls
from components.source_files.apt import NotOfferedError, fetch_package
from components.source_files.checks import (
    SourceFile,
    SourceUnavailableError,
    read_chunks,
    write_checked,
)
from components.source_files.debian_package import KNOWN_PACKAGES, DebianPackage
from components.source_files.registration import (
    Registration,
    find_registration,
    is_prepared,
)
from components.source_files.upstream import check_upstream


def collect_source_files(
    dataset: str,
    data_dir: str | os.PathLike[str],
    mirror: str | os.PathLike[str] | None = None,
) -> Path | None:
    """Makes sure that TFDS can get a set's source files.

    It uses the first of these sources that has the files: `data_dir`, the mirror, the
    upstream hosts, the installed Debian package of the set, the same package fetched
    with apt. All files must match the size and SHA-256 that TFDS registers.

    Args:
        dataset: TFDS name with version, for example `fashion_mnist:3.0.1`.
        data_dir: Folder in which TFDS prepares the set, local or `gs://`.
        mirror: Folder with the source files, in their upstream form or as packaged by
            Debian. If it is given, no other source is tried, except `data_dir`.

    Returns:
        Folder to give to TFDS as `manual_dir`; None if the set is prepared already, or
        if TFDS is to download the files.

    Raises:
        InputError: If the set is unknown, a file in the mirror is missing or wrong, or
            no source has the files.
    """
    if is_prepared(dataset, data_dir):
        return None
    registration = find_registration(dataset)
    collected = _local_folder(data_dir, registration.name)
    if collected is not None and _holds_files(collected, registration):
        return collected
    if mirror is not None:
        return _from_mirror(dataset, registration, epath.Path(mirror), collected)
    failures = []
    try:
        check_upstream(file.url for file in registration.files)
        return None
    except SourceUnavailableError as unavailable:
        failures.append(f"upstream: {unavailable}")
    package = KNOWN_PACKAGES.get(registration.name)
    can_install = package is not None
    for title, source in (
        ("installed package", _installed_package),
        ("package by apt", fetch_package),
    ):
        if package is not None:
            try:
                with source(package) as folder:
                    return _copy(registration, epath.Path(folder), collected)
            except SourceUnavailableError as unavailable:
                failures.append(f"{title}: {unavailable}")
                can_install &= not isinstance(unavailable, NotOfferedError)
    raise InputError(
        f"The source files of {dataset!r} must be available; no source has them "
        f"({'; '.join(failures)}); "
        f"{advise(registration, package if can_install else None)}."
    )


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Returns whether a path is the URI of a folder in an object store.

    Args:
        path: The path.
    """
    return "://" in os.fspath(path)


def _from_mirror(
    dataset: str,
    registration: Registration,
    mirror: epath.Path,
    collected: Path | None,
) -> Path:
    mirror = mirror.expanduser()
    if not mirror.is_dir():
        raise InputError(
            f"The data mirror must be a folder that exists: received {str(mirror)!r}; "
            f"give one that holds {list_names(registration)}."
        )
    if not registration.has_distinct_file_names:
        raise InputError(
            f"A data mirror can only be used for a set whose files have distinct names "
            f"in TFDS; received {str(mirror)!r} for {dataset!r}; leave out "
            f"--data-mirror, so that TFDS downloads this set."
        )
    if not is_remote(mirror) and _holds_files(Path(mirror), registration):
        return Path(mirror)
    try:
        return _copy(registration, mirror, collected)
    except SourceUnavailableError as unavailable:
        raise InputError(
            f"The data mirror must hold the files that TFDS registers for "
            f"{dataset!r}: in {str(mirror)!r} {unavailable}; download the missing or "
            f"wrong files from {list_urls(registration)}, or leave out --data-mirror."
        ) from unavailable


def _copy(
    registration: Registration, source: epath.Path, collected: Path | None
) -> Path:
    """Copies the files from a source, after checking all of them."""
    package = KNOWN_PACKAGES.get(registration.name)
    readers = {}
    errors = []
    for file in registration.files:
        fault, restored_by = _check_file(file, source, package)
        readers[file] = restored_by
        if fault is not None:
            errors.append(f"{file.name} {fault}")
    if errors:
        raise SourceUnavailableError(" and ".join(errors))
    target = collected or _temporary_folder() / registration.name
    total = sum(file.size for file in registration.files)
    try:
        with work("copying", total):
            for file, restored_by in readers.items():
                write_checked(file, _read(file, source, restored_by), target, advance)
    except OSError as error:
        raise InputError(
            f"The source files must be copied to {str(target)!r}: {error}; check the "
            f"free space and the permissions, or choose another --data-dir."
        ) from error
    return target


def _check_file(
    file: SourceFile, folder: epath.Path, package: DebianPackage | None
) -> tuple[str | None, DebianPackage | None]:
    """Returns what is wrong with a file, and the package that changed its header."""
    path = folder / file.name
    if not path.exists():
        return "is missing", None
    if path.is_dir():
        return "is a folder", None
    fault = file.fault_of(_read(file, folder, None))
    if fault is None or package is None:
        return fault, None
    if file.fault_of(_read(file, folder, package)) is None:
        return None, package
    return fault, None


def _read(
    file: SourceFile, folder: epath.Path, package: DebianPackage | None
) -> Iterator[bytes]:
    chunks = read_chunks(folder / file.name)
    return chunks if package is None else package.restore(file.name, chunks)


def _holds_files(folder: Path, registration: Registration) -> bool:
    return (
        folder.is_dir()
        and registration.has_distinct_file_names
        and all(
            _check_file(file, epath.Path(folder), None)[0] is None
            for file in registration.files
        )
    )


@contextlib.contextmanager
def _installed_package(package: DebianPackage) -> Iterator[Path]:
    if not package.folder.is_dir():
        raise SourceUnavailableError(
            f"{package.name} is not in {str(package.folder)!r}"
        )
    yield package.folder


def _local_folder(data_dir: str | os.PathLike[str], name: str) -> Path | None:
    """Returns the folder for collected files; None if the data folder is remote."""
    path = epath.Path(data_dir).expanduser()
    return None if is_remote(path) else Path(path, "downloads", "mirror", name)


@functools.cache
def _temporary_folder() -> Path:
    """Returns a folder that is removed at the end of the process."""
    folder = Path(tempfile.mkdtemp(prefix="source-files-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
