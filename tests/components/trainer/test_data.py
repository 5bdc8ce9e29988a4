from itertools import chain

import pytest
import tensorflow as tf

from components.trainer.data import make_batches

SHAPE = (1, 1, 1)


@pytest.fixture
def files(tmp_path):
    path = str(tmp_path / "records.gz")
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for number in range(10):
            writer.write(str(number).encode())
    return [path]


def _to_pairs(serialized):
    numbers = tf.strings.to_number(serialized, tf.int64)
    return tf.cast(numbers, tf.float32), numbers


def _labels(batches):
    return [labels.numpy().tolist() for _, labels in batches.dataset]


def test_batches_cover_the_split_in_file_order(files, tmp_path):
    batches = make_batches(files, _to_pairs, SHAPE, 4, tmp_path / "cache")
    assert _labels(batches) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches.steps == 3


def test_shuffled_batches_hold_every_example_in_a_new_order_each_pass(files, tmp_path):
    batches = make_batches(
        files, _to_pairs, SHAPE, 5, tmp_path / "cache", shuffle_seed=1
    )
    first, second = (list(chain(*_labels(batches))) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_the_seed_decides_the_order(files, tmp_path):
    orders = [
        _labels(
            make_batches(files, _to_pairs, SHAPE, 5, tmp_path / f"cache{run}", seed)
        )
        for run, seed in enumerate([1, 1, 2])
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
