"""Measures the processor's peak, and counts the operations of an epoch.

It prints one JSON line: the floating-point operations per second of the fastest of
several float32 matrix products, and the operations of one epoch of training and
validation.
"""

import json
import time

import keras
import tensorflow as tf

from components.trainer.model import build_model

_SIZE = 4096
_TRIES = 10
# Fashion-MNIST's.
_IMAGE_SHAPE, _CLASSES = (28, 28, 1), 10
_TRAIN_EXAMPLES, _TEST_EXAMPLES = 60_000, 10_000


def main() -> None:
    """Measures, counts, and prints the results."""
    figures = {
        "peak_flops": _measure_peak_flops(),
        "epoch_flops": _count_epoch_flops(),
    }
    print(json.dumps(figures))


def _measure_peak_flops() -> float:
    left, right = (tf.random.normal([_SIZE, _SIZE]) for _ in range(2))
    best = float("inf")
    for _ in range(_TRIES):
        started = time.perf_counter()
        tf.matmul(left, right).numpy()
        best = min(best, time.perf_counter() - started)
    return 2 * _SIZE**3 / best


def _count_epoch_flops() -> int:
    layers = [
        _count_forward_flops(layer)
        for layer in build_model(_IMAGE_SHAPE, _CLASSES).layers
        if layer.weights
    ]
    forward = sum(layers)
    # The gradients of a layer's weights need as many operations as its forward pass,
    # and so do those of its input. The first layer needs no gradients of its input.
    train = 3 * forward - layers[0]
    return _TRAIN_EXAMPLES * train + _TEST_EXAMPLES * forward


def _count_forward_flops(layer: keras.layers.Layer) -> int:
    """Counts the operations of a layer's forward pass, for one example.

    Each multiplication with the addition of its product counts as two operations.
    """
    kernel = layer.kernel.shape
    # A convolution applies its kernel at each position of its output.
    positions = layer.output.shape[1:-1]
    operations = 2
    for size in (*kernel, *positions):
        operations *= size
    return operations


if __name__ == "__main__":
    main()
