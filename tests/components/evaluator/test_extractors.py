"""The steps between examples and TFMA's metrics."""

import gc

import numpy as np
import pytest
import tensorflow as tf
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
from tests.support.fashion import DESCRIPTION

NAMES = ["candidate", "baseline"]


def make(folder, models=("candidate",)):
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


class Pairs(tf.Module):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(2, dtype=tf.int64)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def serve(self, numbers):
        return {
            "twice": self.factor * numbers,
            "pairs": tf.stack([numbers, numbers + 1], axis=1),
            "count": tf.fill(tf.shape(numbers), tf.size(numbers)),
        }


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("model"))
    module = Pairs()
    signature = {"serving_default": module.serve}
    tf.saved_model.save(module, folder, signatures=signature)
    return folder


@pytest.mark.parametrize(
    ("rows", "counts"),
    [(0, []), (1, [1]), (2, [2] * 2), (3, [1] * 3), (8, [2] * 2 + [3] * 6)],
)
def test_pieces_of_a_batch_give_the_answers_of_the_whole(saved, rows, counts):
    model = tf.saved_model.load(saved)
    signature = model.signatures["serving_default"]
    numbers = tf.range(rows, dtype=tf.int64)
    whole = signature(numbers=numbers)
    pieces = extractors.share_signature(signature, 3)(numbers)
    assert pieces.keys() == whole.keys()
    for name in ("twice", "pairs"):
        np.testing.assert_array_equal(pieces[name], whole[name])
    assert pieces["count"].numpy().tolist() == counts


@pytest.mark.parametrize("models", [NAMES[:1], NAMES], ids=["one model", "two models"])
@pytest.mark.parametrize("pieces", [1, 2])
def test_models_predict_in_as_many_pieces_as_there_are_cores(
    saved, monkeypatch, models, pieces
):
    loaders = []
    monkeypatch.setattr(extractors, "count_pieces", lambda size: pieces)
    monkeypatch.setattr(
        tfma,
        "default_extractors",
        lambda eval_shared_model, **_: loaders.append(eval_shared_model) or [],
    )
    make(saved, models)
    (shared,) = loaders
    for each in shared if isinstance(shared, list) else [shared]:
        model = each.model_loader.load()
        gc.collect()  # a signature must not outlive its variables
        predict = model.signatures["serving_default"]
        counts = predict(tf.range(4, dtype=tf.int64))["count"].numpy().tolist()
        assert counts == [4 // pieces] * 4


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
