"""Batches whose size doesn't depend on time."""

import apache_beam as beam
import pyarrow as pa
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor as tfx_executor
from tfx.components.util import udf_utils
from tfx.types import standard_artifacts

from components.evaluator import batches
from components.evaluator.component import Executor
from components.served_model.model_lineage import ModelLineage
from pipeline.beam import DIRECT_ARGS
from tests.support.fashion import DESCRIPTION

KEY = tfma.constants.ARROW_RECORD_BATCH_KEY


@pytest.mark.parametrize(
    ("side", "channels", "size"),
    [(28, 1, 100), (512, 3, 5), (4096, 3, 1)],
)
def test_rows_keep_their_order_in_batches_of_one_size(tmp_path, side, channels, size):
    description = DESCRIPTION.model_copy(
        update={"height": side, "width": side, "channels": channels}
    )
    ModelLineage(
        pipeline="p", run_id="r", model_uri="m", examples_uri="e", dataset="d",
        code_digest="c", data=description,
    ).write(str(tmp_path / "model"))  # fmt: skip
    model = tfma.types.EvalSharedModel(
        model_path=str(tmp_path / "model"), model_type=tfma.constants.TF_GENERIC
    )
    first, *_ = batches.make_extractors(
        eval_shared_model=model,
        eval_config=tfma.EvalConfig(model_specs=[tfma.ModelSpec()]),
        tensor_adapter_config=None,
    )
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
            | first.stage_name >> first.ptransform
        )
        made | beam.Map(write)

    assert [path.read_text() for path in sorted(written.iterdir())] == [
        str(list(range(start, min(start + size, 254)))) for start in range(0, 254, size)
    ]


class StopError(Exception):
    pass


def test_the_evaluator_has_tfma_use_them(monkeypatch, tmp_path):
    seen = {}

    def do(self, inputs, outputs, properties):
        seen.update(properties)
        raise StopError

    DESCRIPTION.write(str(tmp_path))
    examples = standard_artifacts.Examples()
    examples.uri = str(tmp_path)
    examples.split_names = '["test"]'
    properties = {
        "min_accuracy": 0.5, "max_regression": 0.1, "example_splits": '["test"]',
    }  # fmt: skip
    monkeypatch.setattr(tfx_executor.Executor, "Do", do)
    with pytest.raises(StopError):
        Executor().Do({"examples": [examples]}, {}, properties)
    # As TFX finds it.
    assert udf_utils.get_fn(seen, "custom_extractors") is batches.make_extractors
