"""Batches whose size doesn't depend on time."""

import apache_beam as beam
import pyarrow as pa
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor as tfx_executor
from tfx.components.util import udf_utils

from components import features
from components.evaluator import batches
from components.evaluator.component import Executor
from pipeline.beam import DIRECT_ARGS

KEY = tfma.constants.ARROW_RECORD_BATCH_KEY


@pytest.mark.parametrize(
    ("shape", "size"),
    [((28, 28, 1), 100), ((512, 512, 3), 5), ((4096, 4096, 3), 1)],
    ids=str,
)
def test_rows_keep_their_order_in_batches_of_one_size(
    monkeypatch, tmp_path, shape, size
):
    monkeypatch.setattr(features, "IMAGE_SHAPE", shape)
    first, *_ = batches.make_extractors(
        eval_shared_model=None, eval_config=None, tensor_adapter_config=None
    )
    numbers = iter(range(254))
    received = [
        {KEY: pa.record_batch([[next(numbers) for _ in range(count)]], names=["row"])}
        for count in (3, 250, 1)
    ]

    def write(extracts):
        rows = extracts[KEY].column("row").to_pylist()
        (tmp_path / f"{rows[0]:03}").write_text(str(rows))

    with beam.Pipeline(argv=list(DIRECT_ARGS)) as pipeline:
        made = (
            pipeline
            # One element, so that one worker makes all batches.
            | beam.Create([received])
            | beam.FlatMap(lambda each: each)
            | first.stage_name >> first.ptransform
        )
        made | beam.Map(write)

    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == [
        str(list(range(start, min(start + size, 254)))) for start in range(0, 254, size)
    ]


class StopError(Exception):
    pass


def test_the_evaluator_has_tfma_use_them(monkeypatch):
    seen = {}

    def do(self, inputs, outputs, properties):
        seen.update(properties)
        raise StopError

    monkeypatch.setattr(tfx_executor.Executor, "Do", do)
    with pytest.raises(StopError):
        Executor().Do({}, {}, {"min_accuracy": 0.5, "max_regression": 0.1})
    # As TFX finds it.
    assert udf_utils.get_fn(seen, "custom_extractors") is batches.make_extractors
