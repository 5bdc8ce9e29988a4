"""Defines the settings that are known to be right for a data set."""

from pathlib import Path
from typing import NamedTuple

from components.data_description import DEFAULT_RESIZE, Resize

_SCHEMAS = Path(__file__).parent / "schema"


class KnownSet(NamedTuple):
    """Defaults for a data set.

    Attributes:
        schema: File of its curated schema; None to infer the schema in the run.
        min_accuracy: Lowest test accuracy of a model to push; None for one that is
            better than always guessing the commonest class.
        resize: What is done with images of another size.
    """

    schema: Path | None = None
    min_accuracy: float | None = None
    resize: Resize = DEFAULT_RESIZE


def known_set(dataset: str | None) -> KnownSet:
    """Returns the defaults for a data set.

    Args:
        dataset: Its name in tensorflow-datasets, possibly with configuration and
            version; None for image files.

    Returns:
        Its own defaults, or those of all other sets.
    """
    name = (dataset or "").partition(":")[0].partition("/")[0]
    return _KNOWN_SETS.get(name, KnownSet())


_KNOWN_SETS = {
    "fashion_mnist": KnownSet(
        schema=_SCHEMAS / "fashion_mnist.pbtxt", min_accuracy=0.88, resize="none"
    ),
}
