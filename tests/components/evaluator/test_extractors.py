"""The steps between examples and TFMA's metrics."""

from types import SimpleNamespace

import pytest
import tensorflow as tf
import tfx  # noqa: F401  (completes tfx-bsl for TFMA, so it comes first)

# isort: split
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor as tfx_executor
from tfx.components.util import udf_utils
from tfx.types import standard_artifacts

from components.evaluator import extractors, judged_model
from components.evaluator.batches import Rebatch
from components.evaluator.component import Executor
from components.evaluator.judged_model import JudgedModel
from components.served_model.model_lineage import ModelLineage
from tests.support.fashion import DESCRIPTION

NAMES = ["candidate", "baseline"]


def make(folder, models=("candidate",), slices=()):
    ModelLineage(
        pipeline="p", run_id="r", model_uri="m", examples_uri="e", dataset="d",
        code_digest="c", data=DESCRIPTION,
    ).write(str(folder))  # fmt: skip
    shared = [
        tfma.types.EvalSharedModel(
            model_path=str(folder), model_type=tfma.constants.TF_GENERIC,
            model_name=name,
            model_loader=tfma.types.ModelLoader(lambda: tf.saved_model.load(folder)),
        )
        for name in models
    ]  # fmt: skip
    config = tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(name=name, prediction_key="probabilities") for name in models
        ],
        slicing_specs=slices,
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
    asked = []
    monkeypatch.setattr(
        extractors, "call_size", lambda each, most: asked.append(each) or 40
    )
    make(tmp_path)
    assert (asked, sizes) == ([DESCRIPTION], [40])


@pytest.mark.parametrize("models", [NAMES[:1], NAMES], ids=["one model", "two models"])
@pytest.mark.parametrize("size", [1, 40])
def test_models_are_loaded_for_the_size_of_the_batches(
    tmp_path, monkeypatch, models, size
):
    given = []
    monkeypatch.setattr(extractors, "call_size", lambda *_: size)
    monkeypatch.setattr(
        extractors,
        "load_judged_model",
        lambda folder, count: JudgedModel((folder, count), {}),
    )
    monkeypatch.setattr(
        tfma,
        "default_extractors",
        lambda eval_shared_model, **_: given.append(eval_shared_model) or [],
    )
    make(tmp_path, models)
    (shared,) = given
    shared = shared if isinstance(shared, list) else [shared]
    assert [each.model_name for each in shared] == models
    for each in shared:
        assert each.model_loader.load().loaded == (str(tmp_path), size)


def test_batches_stay_whole_for_the_metrics(tmp_path):
    stages = [each.stage_name for each in make(tmp_path)]
    assert stages[0] == "Rebatch"
    assert tfma.extractors.UnbatchExtractor().stage_name not in stages
    assert tfma.extractors.SliceKeyExtractor().stage_name in stages


@pytest.mark.parametrize(
    "of_a_feature", [{"feature_keys": ["label"]}, {"feature_values": {"label": "1"}}]
)
def test_slices_are_refused_since_batches_would_be_measured_whole(
    tmp_path, of_a_feature
):
    with pytest.raises(ValueError, match="can't be sliced; received feature_"):
        make(tmp_path, slices=[tfma.SlicingSpec(), tfma.SlicingSpec(**of_a_feature)])


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
    forgotten = []
    loaded = SimpleNamespace(cache_clear=lambda: forgotten.append(1))
    monkeypatch.setattr(judged_model, "_load", loaded)
    monkeypatch.setattr(tfx_executor.Executor, "Do", do)
    with pytest.raises(StopError):
        Executor().Do({"examples": [examples]}, {}, properties)
    assert forgotten
    # As TFX finds it.
    assert udf_utils.get_fn(seen, "custom_extractors") is extractors.make_extractors
