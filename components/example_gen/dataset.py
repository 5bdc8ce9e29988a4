"""Has TFDS's own builder prepare a set for image classification."""

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
from components.internals import ChecksumError
from components.source_files.registration import (
    Registration,
    find_registration,
    is_prepared,
)
from components.source_files.sources import collect_source_files


def prepare_dataset(
    dataset: str,
    data_dir: str | os.PathLike[str],
    mirror: str | os.PathLike[str] | None = None,
) -> tfds.core.DatasetBuilder:
    """Prepares a set with TFDS, from source files with the registered checksums.

    Does nothing but open the set if `data_dir` has it prepared.

    Args:
        dataset: TFDS name with version, for example `fashion_mnist:3.0.1`.
        data_dir: Folder in which TFDS prepares the set, local or `gs://`.
        mirror: Folder that holds the set's source files, for use without the
            upstream host.

    Returns:
        The builder of the prepared set.

    Raises:
        InputError: If the set is unknown or not for image classification, or if
            its files can't be had, are wrong or can't be written.
    """
    prepared = is_prepared(dataset, data_dir)
    registration = None if prepared else find_registration(dataset)
    with _sentences_for_tfds_errors(dataset, data_dir):
        builder = tfds.builder(dataset, data_dir=os.fspath(data_dir))
        image_and_label_keys(builder)
    if registration is None:
        return builder
    manual_dir = collect_source_files(dataset, data_dir, mirror)
    with (
        _sentences_for_tfds_errors(dataset, data_dir),
        _exclusive(data_dir, registration.name),
    ):
        if is_prepared(dataset, data_dir):
            return tfds.builder(dataset, data_dir=os.fspath(data_dir))
        if not _is_remote(data_dir):
            _remove_leftovers(builder.data_path)
        tfds.display_progress_bar(sys.stderr.isatty())
        # What TFDS prints would be taken for the command's own output.
        with contextlib.redirect_stdout(sys.stderr):
            builder.download_and_prepare(
                download_config=_download_config(registration, data_dir, manual_dir)
            )
    return builder


def image_and_label_keys(builder: tfds.core.DatasetBuilder) -> tuple[str, str]:
    """Finds the features that make a set one for image classification.

    Args:
        builder: The set's builder.

    Returns:
        Keys of the image and of its label.

    Raises:
        InputError: If the set hasn't got one image with one label.
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
            f"The data set must have an image and a label to classify, one of each: "
            f"{builder.info.full_name!r} has {found}; choose a set for image "
            f"classification."
        )
    return images[0], labels[0]


def _download_config(
    registration: Registration,
    data_dir: str | os.PathLike[str],
    manual_dir: Path | None,
) -> tfds.download.DownloadConfig:
    # TFDS names what it extracts from manual_dir by the file's name alone and reuses
    # it: MNIST's files, of the same names, would be taken for Fashion-MNIST's.
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
        # A set prepared by others has no source files to check.
        try_download_gcs=False,
    )


@contextlib.contextmanager
def _exclusive(data_dir: str | os.PathLike[str], name: str) -> Iterator[None]:
    """Waits until no other process prepares the set in the folder.

    An object store has no locks: there, processes may prepare the set side by side,
    each in a folder of its own.
    """
    if _is_remote(data_dir):
        yield
        return
    folder = Path(data_dir).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{name}.lock") as lock:
        try:
            yield
        finally:
            # Whoever waits for it notices that it is gone, and makes a new one.
            Path(lock.lock_file).unlink(missing_ok=True)


def _remove_leftovers(folder: epath.Path) -> None:
    """Removes what killed processes left of the set, half prepared.

    Whoever calls it holds the lock: without it, another process might be writing
    there.
    """
    if folder.parent.exists():
        for leftover in folder.parent.glob("incomplete.*"):
            leftover.rmtree(missing_ok=True)


def _is_remote(data_dir: str | os.PathLike[str]) -> bool:
    return "://" in os.fspath(data_dir)


@contextlib.contextmanager
def _sentences_for_tfds_errors(
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
            f"free space and the right to write, or give its files with --data-mirror."
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
            f"{_outer_lines(error)}; see what it asks for, or choose another data set."
        ) from error


def _no_space(dataset: str, data_dir: str | os.PathLike[str]) -> str:
    return (
        f"The data set {dataset!r} must fit on the disk: there is no space left in "
        f"{os.fspath(data_dir)!r}; free some, or choose another data folder."
    )


def _outer_lines(error: BaseException) -> str:
    """Returns what failed and why; TFDS may quote the data in between."""
    lines = str(error).strip().splitlines()
    if len(lines) < 2:
        return _first_line(error)
    return f"{lines[0].rstrip('.:; ')}: {lines[-1].rstrip('.:; ')}"


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".:; ")
