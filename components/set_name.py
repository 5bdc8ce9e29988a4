"""Makes the name of a data set, from which a pipeline and its model get theirs."""

import os
import re
import unicodedata
import zlib
from pathlib import PurePath

_FALLBACK = "images"


def set_name(dataset: str, images: str | None) -> str:
    """Returns the name of a data set.

    Args:
        dataset: Name in tensorflow-datasets, possibly with configuration and version.
        images: Folder or CSV file of images, which is used in place of `dataset`.

    Returns:
        A name of letters, digits and underscores that starts with a letter.

    Example:
        >>> set_name("cifar10:3.0.2", None)
        'cifar10'
        >>> set_name("fashion_mnist:3.0.1", "/data/My shapes/")
        'my_shapes'
    """
    if images is None:
        words = dataset.partition(":")[0]
    else:
        # Absolute, since "." has no name.
        path = PurePath(images if "://" in images else os.path.abspath(images))  # noqa: PTH100
        words = path.stem if path.suffix.lower() == ".csv" else path.name
    # Accents are left out; other scripts have no such letters.
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if not name:
        # Sets whose names are in another script must not get the same model name.
        composed = unicodedata.normalize("NFC", words)  # systems differ in the form
        number = zlib.crc32(composed.encode(errors="surrogateescape"))
        return f"{_FALLBACK}_{number:08x}"
    return name if name[0].isalpha() else f"{_FALLBACK}_{name}"
