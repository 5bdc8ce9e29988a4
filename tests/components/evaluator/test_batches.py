"""Batches whose size doesn't depend on time."""

import apache_beam as beam
import pyarrow as pa
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma

from components.evaluator.batches import Rebatch
from pipeline.beam import DIRECT_ARGS

KEY = tfma.constants.ARROW_RECORD_BATCH_KEY


@pytest.mark.parametrize("size", [100, 5, 1])
def test_rows_keep_their_order_in_batches_of_one_size(tmp_path, size):
    written = tmp_path / "written"
    written.mkdir()
    numbers = iter(range(254))
    received = [
        {KEY: pa.record_batch([[next(numbers) for _ in range(count)]], names=["row"])}
        for count in (3, 250, 1)
    ]

    def write(extracts):
        rows = extracts[KEY].column("row").to_pylist()
        (written / f"{rows[0]:03}").write_text(str(rows))

    with beam.Pipeline(argv=list(DIRECT_ARGS)) as pipeline:
        made = (
            pipeline
            # One element, so that one worker makes all batches.
            | beam.Create([received])
            | beam.FlatMap(lambda each: each)
            | beam.ParDo(Rebatch(size))
        )
        made | beam.Map(write)

    assert [path.read_text() for path in sorted(written.iterdir())] == [
        str(list(range(start, min(start + size, 254)))) for start in range(0, 254, size)
    ]
