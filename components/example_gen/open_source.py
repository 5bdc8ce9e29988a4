"""Opens the images that the settings name."""

from components.example_gen.file_source import open_files
from components.example_gen.source import Source
from components.example_gen.tfds_source import open_tfds_set
from components.parameters import DataParameters


def open_source(parameters: DataParameters) -> Source:
    """Opens image files, or a set of tensorflow-datasets.

    Args:
        parameters: What to read. `data_dir` or `images` must be given.

    Returns:
        The source.

    Raises:
        InputError: If the images aren't available or can't be trained on.
    """
    return open_files(parameters) if parameters.images else open_tfds_set(parameters)
