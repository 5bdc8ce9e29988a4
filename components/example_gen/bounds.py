"""Measures images, to bound what later images of the same kind may be."""

from collections.abc import Iterator

import numpy as np

from components import features
from components.example_gen.shards import measure_images
from components.example_gen.source import Source
from components.progress import advance, work
from components.schema.infer import Bounds
from components.tfrecords import PARALLEL_CALLS

# How far brightness may lie outside of what was measured, in parts of that range.
_MARGIN = 0.1
# Images of other sizes are resized, so half and double of what was measured may come.
_SIZE_FACTOR = 2


def measure_bounds(source: Source) -> dict[str, Bounds]:
    """Measures all images of a source, and allows a margin.

    Args:
        source: The images.

    Returns:
        Smallest and largest value by feature: height and width in pixels, half and
        double of what was measured if they differ or are resized; the channels;
        brightness and contrast. A blank image is always outside.
    """
    smallest: dict[str, float] = {}
    largest: dict[str, float] = {}
    for measures in _measures(source):
        for key, values in measures.items():
            smallest[key] = min(smallest.get(key, np.inf), float(values.min()))
            largest[key] = max(largest.get(key, -np.inf), float(values.max()))
    bounds: dict[str, Bounds] = {
        features.CHANNELS: (smallest[features.CHANNELS], largest[features.CHANNELS])
    }
    factor = 1 if source.description.resize == "none" else _SIZE_FACTOR
    for key in (features.HEIGHT, features.WIDTH):
        bounds[key] = max(1, smallest[key] // factor), largest[key] * factor
    margin = _MARGIN * (largest[features.BRIGHTNESS] - smallest[features.BRIGHTNESS])
    bounds[features.BRIGHTNESS] = (
        round(max(0.0, smallest[features.BRIGHTNESS] - margin), 4),
        round(min(1.0, largest[features.BRIGHTNESS] + margin), 4),
    )
    # A standard deviation of values in [0, 1] is at most 0.5.
    bounds[features.CONTRAST] = (
        max(0.0001, round(smallest[features.CONTRAST] / 2, 4)),
        0.5,
    )
    return bounds


def _measures(source: Source) -> Iterator[dict[str, np.ndarray]]:
    with work("measuring images", source.count):
        for parts in source.splits.values():
            for records in parts:
                measured = records.batches().map(
                    lambda images, labels: measure_images(images, source.description),
                    num_parallel_calls=PARALLEL_CALLS,
                )
                for batch in measured.as_numpy_iterator():
                    if batch[features.HEIGHT].size:
                        yield batch
                    advance(batch[features.HEIGHT].size)
