"""What the cores can do, and what an epoch asks of them.

Prints one JSON line: operations per second of the best of several f32 matrix products,
and operations of one epoch, training and validation.
"""

import json
import time

import keras
import tensorflow as tf

from components.trainer.model import build_model

_SIZE = 4096
_TRIES = 10
_TRAIN_EXAMPLES, _TEST_EXAMPLES = 60_000, 10_000


def main() -> None:
    """Measures and counts."""
    print(json.dumps({"peak_flops": _peak(), "epoch_flops": _epoch()}))


def _peak() -> float:
    left, right = (tf.random.normal([_SIZE, _SIZE]) for _ in range(2))
    best = float("inf")
    for _ in range(_TRIES):
        started = time.perf_counter()
        tf.matmul(left, right).numpy()
        best = min(best, time.perf_counter() - started)
    return 2 * _SIZE**3 / best


def _epoch() -> int:
    layers = [_forward(layer) for layer in build_model(0.001).layers if layer.weights]
    forward = sum(layers)
    # The gradients of a layer's weights take what forward does, and so do those of its
    # input, which the first layer does without.
    train = 3 * forward - layers[0]
    return _TRAIN_EXAMPLES * train + _TEST_EXAMPLES * forward


def _forward(layer: keras.layers.Layer) -> int:
    """Counts two operations for each product that is added up."""
    kernel = layer.kernel.shape
    # A convolution uses its kernel at each place of its output.
    places = layer.output.shape[1:-1]
    operations = 2
    for size in (*kernel, *places):
        operations *= size
    return operations


if __name__ == "__main__":
    main()
