"""Has TFX's executors read examples in batches.

They would have Beam read one record after another in Python, and hand each on to the
step that makes batches, which took a fifth of the time of StatisticsGen.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder
from tfx_bsl.public import tfxio
from tfx_bsl.tfxio.record_based_tfxio import AppendRawRecordColumn

from components.internals import read_examples_by
from components.tfrecords import read_batches


class BatchedExamples(tfxio.TFExampleRecord):
    """The examples in gzipped TFRecord files, read a file at a time."""

    def BeamSource(self, batch_size: int | None = None) -> beam.PTransform:
        """Makes a source of record batches.

        Args:
            batch_size: Not used: the batches are those of `read_batches`.

        Returns:
            A transform of a pipeline to record batches. On an engine, the workers share
            the files.

        Raises:
            FileNotFoundError: If no file matches a pattern.
        """
        del batch_size
        files: list[str] = []
        for pattern in self._file_pattern:
            matching = tf.io.gfile.glob(pattern)
            if not matching:
                raise FileNotFoundError(f"No file matches {pattern}")
            files += matching
        read = _ReadFile(self._schema, self.raw_record_column_name)
        return beam.Create(sorted(files)) | beam.ParDo(read)


class _ReadFile(beam.DoFn):
    def __init__(self, schema: schema_pb2.Schema | None, raw_record_column: str | None):
        self._schema = schema and schema.SerializeToString()
        self._raw_record_column = raw_record_column

    def process(self, file: str) -> Iterator[pa.RecordBatch]:
        decoder = ExamplesToRecordBatchDecoder(self._schema)
        # While one batch is in Python, the next one is read.
        for records in read_batches([file]).prefetch(1).as_numpy_iterator():
            batch = decoder.DecodeBatch(records)
            if self._raw_record_column:
                batch = AppendRawRecordColumn(batch, self._raw_record_column, records)
            yield batch


@contextmanager
def read_in_batches() -> Iterator[None]:
    """Lets executors make such sources within a block, or in the decorated function."""
    with read_examples_by(BatchedExamples):
        yield
