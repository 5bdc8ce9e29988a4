import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from components.trainer.model import build_model
from components.trainer.pieces import in_pieces

IMAGES = 130


def compiled(model):
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def fit(pieces, batch_size):
    random = np.random.default_rng(1)
    images = random.random((IMAGES, 28, 28, 1), dtype=np.float32)
    labels = random.integers(0, 10, IMAGES)
    keras.utils.set_random_seed(1)
    network = compiled(build_model((28, 28, 1), 10))
    model = in_pieces(network, pieces)
    history = model.fit(
        images, labels, batch_size=batch_size, epochs=2, shuffle=False, verbose=0
    )
    return history.history, network.get_weights()


# Of 130 images, the last batch is smaller: with one image, two pieces have none.
@pytest.mark.parametrize("batch_size", [3, 64, 129])
def test_pieces_learn_what_whole_batches_learn(batch_size):
    whole, weights = fit(1, batch_size)
    cut, weights_of_cut = fit(3, batch_size)
    for name, values in whole.items():
        assert cut[name] == pytest.approx(values, abs=1e-5), name
    for one, other in zip(weights, weights_of_cut, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_no_piece_is_empty():
    sizes = []

    class Network(keras.Model):
        def call(self, images, training=None):
            sizes.append(images.shape[0])
            return images[:, 0]

    network = compiled(Network())
    model = in_pieces(network, 3)
    for count in range(1, 8):
        images = tf.reshape(tf.range(2.0 * count), (count, 2))
        np.testing.assert_array_equal(model(images), images[:, 0])
    assert min(sizes) == 1


def test_the_same_seed_gives_the_same_weights():
    first, second = (fit(2, 64)[1] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


class Block(layers.Layer):
    """A layer of one's own with batch statistics inside."""

    def __init__(self):
        super().__init__()
        self.normalize = layers.BatchNormalization()

    def call(self, values, training=None):
        return values + self.normalize(values, training=training)


@pytest.mark.parametrize(
    "make",
    [
        layers.BatchNormalization,
        lambda: keras.Sequential([keras.Input((8,)), layers.BatchNormalization()]),
        Block,
    ],
    ids=["a layer", "in a model", "in a layer"],
)
def test_a_network_with_batch_statistics_stays_whole(make):
    network = keras.Sequential(
        [keras.Input((8,)), make(), layers.Dense(2, activation="softmax")]
    )
    assert in_pieces(compiled(network), 2) is network


def test_a_network_with_dropout_is_cut():
    network = keras.Sequential(
        [keras.Input((8,)), layers.Dropout(0.5), layers.Dense(2, activation="softmax")]
    )
    assert in_pieces(compiled(network), 2) is not network


def test_one_piece_is_the_network_itself():
    network = compiled(build_model((28, 28, 1), 10))
    assert in_pieces(network, 1) is network
    assert in_pieces(network, 2) is not network


SHARE = """
import sys
import tensorflow as tf
from components import processors
processors.count_cores = lambda: int(sys.argv[1])
processors.share_cores(int(sys.argv[2]))
threading = tf.config.threading
print(
    processors.count_pieces(int(sys.argv[2])),
    threading.get_inter_op_parallelism_threads(),
    threading.get_intra_op_parallelism_threads(),
)
tf.constant(1) + 1
processors.share_cores(64)
"""


@pytest.mark.parametrize(
    ("cores", "batch_size", "shared"),
    [
        (1, 64, "1 1 1"),
        (2, 64, "2 2 1"),
        (2, 31, "1 2 2"),
        (8, 64, "4 4 2"),
        (8, 1024, "8 8 1"),
        (7, 48, "3 3 2"),
    ],
)
def test_the_cores_are_shared_among_the_pieces(cores, batch_size, shared):
    command = [sys.executable, "-c", SHARE, str(cores), str(batch_size)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == shared
