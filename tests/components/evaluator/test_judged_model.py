"""The Evaluator's models answer on all cores, and are loaded once."""

import gc

import numpy as np
import pytest
import tensorflow as tf

from components.evaluator import judged_model
from components.evaluator.judged_model import (
    forgetting_judged_models,
    load_judged_model,
    share_signature,
)


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


def save(folder):
    module = Pairs()
    signature = {"serving_default": module.serve}
    tf.saved_model.save(module, folder, signatures=signature)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("model"))
    save(folder)
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
    pieces = share_signature(signature, 3)(numbers)
    assert pieces.keys() == whole.keys()
    for name in ("twice", "pairs"):
        np.testing.assert_array_equal(pieces[name], whole[name])
    assert pieces["count"].numpy().tolist() == counts


@pytest.fixture(autouse=True)
def none_loaded():
    with forgetting_judged_models():
        yield


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_model_predicts_in_as_many_pieces_as_there_are_cores(
    saved, monkeypatch, pieces
):
    monkeypatch.setattr(judged_model, "count_pieces", lambda size: size // 20 * pieces)
    model = load_judged_model(saved, 20)
    gc.collect()  # a signature must not outlive its variables
    predict = model.signatures["serving_default"]
    counts = predict(tf.range(4, dtype=tf.int64))["count"].numpy().tolist()
    assert counts == [4 // pieces] * 4


def test_a_model_is_loaded_once(saved):
    with forgetting_judged_models():
        model = load_judged_model(saved, 2)
        assert load_judged_model(saved, 2) is model
    assert load_judged_model(saved, 2) is not model


def test_a_folder_that_was_written_again_is_loaded_again(tmp_path):
    folder = str(tmp_path)
    save(folder)
    model = load_judged_model(folder, 1)
    assert load_judged_model(folder, 1) is model
    save(folder)
    assert load_judged_model(folder, 1) is not model
