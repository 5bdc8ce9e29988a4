"""Has TFDS prepare the data set."""

import sys
from pathlib import Path

import tensorflow_datasets as tfds
from etils import epath

from components import features
from components.errors import InputError
from components.example_gen.sources import collect_source_files, is_prepared


def prepare_dataset(
    dataset: str, data_dir: str, mirror: str | None = None
) -> tfds.core.DatasetBuilder:
    """Prepares a set with TFDS's own builder, checksums checked.

    Args:
        dataset: TFDS name with version, `fashion_mnist:3.0.1` say.
        data_dir: Folder in which TFDS prepares the set, and finds it next time.
        mirror: Folder that holds the original files, for use without a network.

    Returns:
        The builder of the prepared set.

    Raises:
        InputError: If the set can't be had, or isn't for image classification.
    """
    source_dir = collect_source_files(dataset, data_dir, mirror)
    builder = tfds.builder(dataset, data_dir=data_dir)
    _check_features(dataset, builder.info.features)
    if is_prepared(dataset, data_dir):
        return builder
    _remove_leftovers(epath.Path(builder.data_dir))
    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    try:
        builder.download_and_prepare(download_config=_download_config(source_dir))
    except tfds.download.NonMatchingChecksumError as error:
        raise InputError(
            f"The files of {dataset!r} must have the checksums that "
            f"tensorflow-datasets registers; {error.args[0].splitlines()[0]}"
        ) from error
    except OSError as error:
        raise InputError(
            f"The data set {dataset!r} could not be prepared in {data_dir!r}: {error}; "
            f"check the network and the free space, or give --data-mirror."
        ) from error
    return builder


def _download_config(source_dir: Path | None) -> tfds.download.DownloadConfig:
    return tfds.download.DownloadConfig(
        manual_dir=source_dir,
        compute_stats=tfds.download.ComputeStatsMode.SKIP,
    )


def _remove_leftovers(prepared_dir: epath.Path) -> None:
    """Removes what a killed run left half prepared."""
    if prepared_dir.parent.exists():
        for leftover in prepared_dir.parent.glob("incomplete.*"):
            leftover.rmtree()


def _check_features(dataset: str, found: tfds.features.FeaturesDict) -> None:
    wanted = {
        features.IMAGE: tfds.features.Image,
        features.LABEL: tfds.features.ClassLabel,
    }
    for key, feature_type in wanted.items():
        if key not in found or not isinstance(found[key], feature_type):
            raise InputError(
                f"The data set must have an image and a label to classify; "
                f"{dataset!r} has {', '.join(found)}; choose an image "
                f"classification set."
            )
