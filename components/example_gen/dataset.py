"""Prepares a data set for image classification, with TFDS's own builder."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
import tensorflow_datasets as tfds
from etils import epath
from filelock import FileLock

from components.errors import InputError
from components.internals import ChecksumError, report_tfds_progress
from components.source_files.registration import (
    Registration,
    find_registration,
    is_prepared,
)
from components.source_files.sources import collect_source_files, is_remote


def prepare_dataset(
    dataset: str,
    data_dir: str | os.PathLike[str],
    mirror: str | os.PathLike[str] | None = None,
) -> tfds.core.DatasetBuilder:
    """Prepares a set with TFDS, from source files with the registered checksums.

    If `data_dir` contains the prepared set, it only opens the set.

    Args:
        dataset: TFDS name with version, for example `fashion_mnist:3.0.1`.
        data_dir: Folder in which TFDS prepares the set, local or `gs://`.
        mirror: Folder with the set's source files; nothing is downloaded then.

    Returns:
        The builder of the prepared set.

    Raises:
        InputError: If the set is unknown or isn't for image classification, or if its
            files aren't available, are wrong or can't be written.
    """
    prepared = is_prepared(dataset, data_dir)
    registration = None if prepared else find_registration(dataset)
    with _tfds_errors_as_sentences(dataset, data_dir):
        builder = tfds.builder(dataset, data_dir=os.fspath(data_dir))
        image_and_label_keys(builder)
    if registration is None:
        return builder
    manual_dir = collect_source_files(dataset, data_dir, mirror)
    with (
        _tfds_errors_as_sentences(dataset, data_dir),
        _lock_set(data_dir, registration.name),
    ):
        if is_prepared(dataset, data_dir):
            return tfds.builder(dataset, data_dir=os.fspath(data_dir))
        if not is_remote(data_dir):
            _remove_leftovers(builder.data_path)
        # TFDS prints messages, which don't belong to the command's output.
        with contextlib.redirect_stdout(sys.stderr), report_tfds_progress():
            builder.download_and_prepare(
                download_config=_download_config(registration, data_dir, manual_dir)
            )
    return builder


def image_and_label_keys(builder: tfds.core.DatasetBuilder) -> tuple[str, str]:
    """Finds the image and the label among a set's features.

    Args:
        builder: The set's builder.

    Returns:
        Keys of the image and of the label.

    Raises:
        InputError: If the set doesn't have exactly one image and one label.
    """
    features = dict(builder.info.features.items())
    keys = builder.info.supervised_keys
    if keys is None or not all(isinstance(key, str) for key in keys):
        keys = list(features)
    images = [k for k in keys if isinstance(features[k], tfds.features.Image)]
    labels = [k for k in keys if isinstance(features[k], tfds.features.ClassLabel)]
    if len(images) != 1 or len(labels) != 1:
        found = ", ".join(f"{k} ({type(features[k]).__name__})" for k in features)
        raise InputError(
            f"The data set must have an image and a label, one of each: "
            f"{builder.info.full_name!r} has {found}; choose a set for image "
            f"classification."
        )
    return images[0], labels[0]


def _download_config(
    registration: Registration,
    data_dir: str | os.PathLike[str],
    manual_dir: Path | None,
) -> tfds.download.DownloadConfig:
    # TFDS stores extracted files only by the name of their archive, and reuses them.
    # MNIST's files would be used for Fashion-MNIST, since their names are the same.
    extract_dir = (
        epath.Path(data_dir)
        .expanduser()
        .joinpath("downloads", "extracted", registration.name, registration.version)
    )
    return tfds.download.DownloadConfig(
        manual_dir=manual_dir,
        extract_dir=extract_dir,
        compute_stats=tfds.download.ComputeStatsMode.SKIP,
        force_checksums_validation=bool(registration.files),
        # A set that others prepared has no source files to check.
        try_download_gcs=False,
    )


@contextlib.contextmanager
def _lock_set(data_dir: str | os.PathLike[str], name: str) -> Iterator[None]:
    """Waits until no other process prepares the set, and locks it.

    Object stores have no locks. There, several processes may prepare the set at the
    same time, each in a folder of its own.
    """
    if is_remote(data_dir):
        yield
        return
    folder = Path(data_dir).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{name}.lock") as lock:
        try:
            yield
        finally:
            # A process that waits for the lock notices that the file was removed, and
            # creates a new one.
            Path(lock.lock_file).unlink(missing_ok=True)


def _remove_leftovers(folder: epath.Path) -> None:
    """Removes incomplete folders that killed processes left.

    The caller must hold the lock. Otherwise another process might be writing there.
    """
    if folder.parent.exists():
        for leftover in folder.parent.glob("incomplete.*"):
            leftover.rmtree(missing_ok=True)


@contextlib.contextmanager
def _tfds_errors_as_sentences(
    dataset: str, data_dir: str | os.PathLike[str]
) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except ChecksumError as error:
        raise InputError(
            f"The source files of {dataset!r} must have the checksums that TFDS "
            f"registers: {_first_line(error)}; try again, or give the right files "
            f"with --data-mirror."
        ) from error
    except tf.errors.ResourceExhaustedError as error:
        raise InputError(_no_space(dataset, data_dir)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise InputError(_no_space(dataset, data_dir)) from error
        raise InputError(
            f"The data set {dataset!r} must be downloaded and written to "
            f"{os.fspath(data_dir)!r}: {_first_line(error)}; check the network, the "
            f"free space and the permissions, or give its files with --data-mirror."
        ) from error
    except (
        tfds.download.DownloadError,
        tf.errors.OpError,
        AssertionError,
        ImportError,
        RuntimeError,
        ValueError,
    ) as error:
        raise InputError(
            f"TFDS must be able to prepare {dataset!r}: it reports "
            f"{_outer_lines(error)}; do what it asks for, or choose another data set."
        ) from error


def _no_space(dataset: str, data_dir: str | os.PathLike[str]) -> str:
    return (
        f"The data set {dataset!r} must fit on the disk: there is no space left in "
        f"{os.fspath(data_dir)!r}; free some space, or choose another --data-dir."
    )


def _outer_lines(error: BaseException) -> str:
    """Returns the first and the last line; TFDS may quote the data between them."""
    lines = str(error).strip().splitlines()
    if len(lines) < 2:
        return _first_line(error)
    return f"{lines[0].rstrip('.:; ')}: {lines[-1].rstrip('.:; ')}"


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".:; ")
