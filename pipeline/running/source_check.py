"""Looks for the images of a run by name, before libraries are imported for seconds."""

from components.image_files.listing import list_images
from components.source_files.registration import (
    find_registration,
    is_prepared,
    pin_version,
)
from pipeline.settings import Settings


def check_source(settings: Settings) -> str | None:
    """Checks that the images, or the data set, are known.

    Args:
        settings: The settings of the run.

    Returns:
        Name and version of the data set; None if the images are files.

    Raises:
        InputError: If the files can't be divided into classes, or there is no such set.
    """
    if settings.images is not None:
        list_images(settings.images, settings)
        return None
    dataset = pin_version(settings.dataset, settings.prepared_data_dir)
    if not is_prepared(dataset, settings.prepared_data_dir):
        find_registration(dataset)
    return dataset
