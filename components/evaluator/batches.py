"""Makes the batches that a model judges in one call.

Examples are read in batches that end with a file, and are smaller if images are large.
In a call of another size, the last digits of a probability may differ, and so those of
a metric. Here a size depends on nothing but the shape of the network's images.
"""

from collections.abc import Iterator

import apache_beam as beam
import pyarrow as pa
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)
from apache_beam.transforms.window import GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue

# isort: split
import tensorflow_model_analysis as tfma

CALL_IMAGES = 100
"""The most images that a model judges in one call."""

_Extracts = dict[str, pa.RecordBatch]
_KEY = tfma.constants.ARROW_RECORD_BATCH_KEY


class Rebatch(beam.DoFn):
    """Makes batches of one size; only the last of a bundle may be smaller."""

    def __init__(self, size: int):
        """Constructs the function.

        Args:
            size: Number of examples in a batch.
        """
        self._size = size

    def start_bundle(self) -> None:
        """Begins without examples."""
        self._waiting: list[pa.RecordBatch] = []

    def process(self, extracts: _Extracts) -> Iterator[_Extracts]:
        """Yields the batches that are complete with these examples."""
        self._waiting.append(extracts[_KEY])
        rows = sum(batch.num_rows for batch in self._waiting)
        if rows >= self._size:
            table = pa.Table.from_batches(self._waiting).combine_chunks()
            complete = rows - rows % self._size
            for batch in table.slice(0, complete).to_batches(self._size):
                yield {_KEY: batch}
            self._waiting = table.slice(complete).to_batches()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        """Yields the examples that are left."""
        if self._waiting:
            (batch,) = (
                pa.Table.from_batches(self._waiting).combine_chunks().to_batches()
            )
            yield GlobalWindows.windowed_value_at_end_of_window({_KEY: batch})
