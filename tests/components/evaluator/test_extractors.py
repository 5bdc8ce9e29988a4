"""The steps between examples and TFMA's metrics."""

import apache_beam as beam
import numpy as np
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor as tfx_executor
from tfx.components.util import udf_utils
from tfx.types import standard_artifacts

from components.evaluator import extractors
from components.evaluator.batches import Rebatch
from components.evaluator.component import Executor
from components.served_model.model_lineage import ModelLineage
from pipeline.beam import DIRECT_ARGS
from tests.support.fashion import DESCRIPTION

NAMES = ["candidate", "baseline"]


def make(folder, models=("candidate",), slicing=()):
    ModelLineage(
        pipeline="p", run_id="r", model_uri="m", examples_uri="e", dataset="d",
        code_digest="c", data=DESCRIPTION,
    ).write(str(folder))  # fmt: skip
    shared = [
        tfma.types.EvalSharedModel(
            model_path=str(folder), model_type=tfma.constants.TF_GENERIC,
            model_name=name,
        )
        for name in models
    ]  # fmt: skip
    config = tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(name=name, prediction_key="probabilities") for name in models
        ],
        slicing_specs=slicing,
    )
    return extractors.make_extractors(
        eval_shared_model=shared if len(shared) > 1 else shared[0],
        eval_config=config,
        tensor_adapter_config=None,
    )


def test_images_come_in_batches_of_the_size_for_the_model(tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(
        extractors, "Rebatch", lambda size: sizes.append(size) or Rebatch(size)
    )
    monkeypatch.setattr(extractors, "call_images", lambda description: description)
    make(tmp_path)
    assert sizes == [DESCRIPTION]


@pytest.mark.parametrize(
    ("slicing", "features"),
    [
        ((), []),
        ([tfma.SlicingSpec()], []),
        ([tfma.SlicingSpec(feature_keys=["label"])], ["label"]),
        ([tfma.SlicingSpec(feature_values={"class_name": "Bag"})], ["class_name"]),
    ],
    ids=["nothing", "all images", "key", "value"],
)
@pytest.mark.parametrize("models", [NAMES[:1], NAMES], ids=["one model", "two models"])
def test_only_what_is_measured_is_divided_into_examples(
    tmp_path, slicing, features, models
):
    steps = make(tmp_path, models, slicing)
    names = [each.stage_name for each in steps]
    drop = steps[names.index("DropUnmeasured")]
    assert names[names.index("DropUnmeasured") + 1] == "ExtractUnbatchedInputs"
    outputs = {
        "probabilities": np.array([[0.1, 0.9]]),
        "class_name": np.array([b"Bag"]),
    }
    extracts = {
        "labels": np.array([8]),
        "features": {
            "image": np.array([b"PNG"]),
            "label": np.array([8]),
            "class_name": np.array([b"Bag"]),
        },
        "predictions": outputs if len(models) == 1 else dict.fromkeys(models, outputs),
    }
    with beam.Pipeline(argv=list(DIRECT_ARGS)) as pipeline:
        _ = (
            pipeline
            | beam.Create([extracts])
            | drop.ptransform
            | beam.Map(lambda each: (tmp_path / "kept").write_text(str(describe(each))))
        )
    kept = {"probabilities": "[[0.1 0.9]]"}
    assert (tmp_path / "kept").read_text() == str(
        {
            "labels": "[8]",
            "features": {name: str(extracts["features"][name]) for name in features},
            "predictions": kept if len(models) == 1 else dict.fromkeys(models, kept),
        }
    )


def describe(values):
    if isinstance(values, dict):
        return {name: describe(value) for name, value in values.items()}
    return str(values)


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
    assert udf_utils.get_fn(seen, "custom_extractors") is extractors.make_extractors
