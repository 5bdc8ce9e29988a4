"""Trains a network on pieces of each batch, which run side by side on the cores."""

import keras
import tensorflow as tf

from components.processors import cut_into_pieces


def in_pieces(network: keras.Model, pieces: int) -> keras.Model:
    """Makes a model that runs a network on pieces of each batch.

    Args:
        network: A compiled network, from images of shape (N, height, width, channels)
            to probabilities of shape (N, classes). Its weights are the ones trained.
        pieces: Number of pieces.

    Returns:
        A model with the same weights, optimizer, loss and metrics; the network itself
        if it can't be cut.
    """
    if pieces < 2 or not _can_be_cut(network):
        return network
    model = _InPieces(network, pieces)
    model.compile_from_config(network.get_compile_config())
    model.optimizer = network.optimizer
    model.steps_per_execution = network.steps_per_execution
    return model


def _can_be_cut(network: keras.Model) -> bool:
    """Returns whether the output for an example is independent of the other ones.

    It isn't with `BatchNormalization`, wherever that is. Such layers have weights that
    no optimizer trains. Frozen layers have them too, and only lose time by it.
    """
    return not network.non_trainable_weights


class _InPieces(keras.Model):
    """Runs a network on pieces of a batch, and puts the outputs together."""

    def __init__(self, network: keras.Model, pieces: int) -> None:
        super().__init__(name=network.name)
        self._network = network
        self._pieces = pieces

    def call(self, images: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        examples = tf.shape(images)[0]
        # The last batch of an epoch may have fewer examples than there are pieces. On
        # some processors, a convolution fails on a piece without any.
        missing = tf.maximum(0, self._pieces - examples)
        others = [[0, 0]] * (images.shape.rank - 1)
        images = tf.pad(images, [[0, missing], *others])
        outputs = [
            self._network(piece, training=training)
            for piece in cut_into_pieces(images, self._pieces)
        ]
        return tf.concat(outputs, axis=0)[:examples]
