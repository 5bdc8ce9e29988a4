"""Trains the network on the accelerators of this machine, or on its processor."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from components.data_description import DataDescription
from components.errors import InputError
from components.parameters import TrainingParameters
from components.precision import FLOAT32
from components.processors import count_pieces, list_accelerators
from components.trainer.data import Batches
from components.trainer.epochs import Epoch, report_epoch
from components.trainer.network import build_network
from components.trainer.pieces import in_pieces

History = dict[str, list[float]]

SECONDS = "seconds"
"""Key of the history: how long each epoch took, with its evaluation."""

# The most batches that run inside TensorFlow without a return to Python.
_MAX_STEPS_PER_EXECUTION = 64


def train(
    train_batches: Batches,
    validation_batches: Batches,
    description: DataDescription,
    parameters: TrainingParameters,
    log_dir: str,
    accelerators: Sequence[str] | None = None,
    validation_split: str = "test",
) -> tuple[keras.Model, History]:
    """Trains a new model, and evaluates it after each epoch.

    The metrics of that evaluation are only for information. They don't influence the
    training.

    Args:
        train_batches: Batches to train on.
        validation_batches: Batches to evaluate on.
        description: The shape of the images, and the classes.
        parameters: How to train. The seed isn't used here: the caller sets it.
        log_dir: Folder for TensorBoard's logs.
        accelerators: Devices to train on, for example `GPU:0`; each processes a part
            of every batch. The default is all GPUs, or the processor if there are
            none.
        validation_split: Name of the split to evaluate on, for those who watch.

    Returns:
        The model, in float32, and the history: the value of `loss`, `accuracy`,
        `val_loss` and `val_accuracy` after each epoch, and its `seconds`.

    Raises:
        InputError: If the loss became infinite or NaN.
    """
    devices = accelerators or list_accelerators()
    strategy = _strategy(devices)
    with (
        strategy.scope() if strategy else contextlib.nullcontext(),
        _dtype_policy(parameters.precision),
    ):
        model = build_network(parameters.network, description, parameters.learning_rate)
    if strategy is None:
        # With several devices, Keras can't run several steps in one execution.
        model.steps_per_execution = _steps_per_execution(train_batches.steps)
    fitted = model
    if not devices:
        fitted = in_pieces(model, count_pieces(parameters.batch_size))
    watch = _EpochWatch(parameters.epochs, train_batches.steps, validation_split)
    history = fitted.fit(
        train_batches.dataset,
        validation_data=validation_batches.dataset,
        epochs=parameters.epochs,
        shuffle=False,  # the batches are shuffled already
        callbacks=[
            keras.callbacks.TensorBoard(log_dir, write_graph=False),
            keras.callbacks.TerminateOnNaN(),
            watch,
        ],
        # Writes one line for each epoch, which suits a log.
        verbose=2,
    )
    if not np.isfinite(history.history["loss"]).all():
        raise InputError(
            f"The loss must stay finite during training; it diverged with a learning "
            f"rate of {parameters.learning_rate:g}; choose a lower --learning-rate."
        )
    if parameters.precision != FLOAT32:
        copy = build_network(parameters.network, description, parameters.learning_rate)
        # Computes in float32, so that it runs anywhere.
        copy.set_weights(model.get_weights())
        model = copy
    metrics = {
        name: [float(value) for value in values]
        for name, values in history.history.items()
    }
    return model, metrics | {SECONDS: watch.seconds}


class _EpochWatch(keras.callbacks.Callback):
    """Measures how long each epoch takes, and reports how far it is."""

    def __init__(self, epochs: int, steps: int, split: str) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._steps = steps
        self._epoch = Epoch(1, epochs, split=split)
        self._started = 0.0

    def on_epoch_begin(
        self, epoch: int, logs: Mapping[str, float] | None = None
    ) -> None:
        self._started = time.monotonic()
        self._epoch = replace(self._epoch, number=epoch + 1)
        report_epoch(self._epoch)

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, float] | None = None
    ) -> None:
        report_epoch(replace(self._epoch, part=(batch + 1) / self._steps))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.seconds.append(round(time.monotonic() - self._started, 3))
        report_epoch(
            replace(
                self._epoch,
                accuracy=logs["accuracy"],
                validation_accuracy=logs["val_accuracy"],
                part=1.0,
            )
        )


@contextlib.contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    former = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(former)


def _steps_per_execution(steps: int) -> int:
    """Returns the largest allowed divisor of an epoch's steps.

    With another number, Keras would count the steps of an epoch wrongly.
    """
    return max(
        divisor
        for divisor in range(1, min(_MAX_STEPS_PER_EXECUTION, steps) + 1)
        if steps % divisor == 0
    )


def _strategy(accelerators: Sequence[str]) -> tf.distribute.Strategy | None:
    if len(accelerators) < 2:
        return None
    return tf.distribute.MirroredStrategy(list(accelerators))
