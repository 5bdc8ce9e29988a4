"""The training loop, on whatever accelerators there are."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from components.errors import InputError
from components.parameters import TrainingParameters
from components.precision import FLOAT32
from components.trainer.data import Batches
from components.trainer.epochs import Epoch, report_epoch
from components.trainer.model import build_model

History = dict[str, list[float]]

# At most so many batches run inside TensorFlow between two returns to Python.
_MAX_STEPS_PER_EXECUTION = 64


def train(
    train_batches: Batches,
    test_batches: Batches,
    parameters: TrainingParameters,
    log_dir: str,
    accelerators: Sequence[str] | None = None,
) -> tuple[keras.Model, History]:
    """Trains a new model and measures it on the test split after each epoch.

    The test figures are for information: nothing is selected by them.

    Args:
        train_batches: What to learn from.
        test_batches: What to measure on.
        parameters: How to train; the batches and the seed are given already.
        log_dir: Folder for TensorBoard's logs.
        accelerators: Devices to train on, for example `GPU:0`; each takes its share
            of every batch. All GPUs by default, and the processor if there are none.

    Returns:
        The model, in float32, and the history: for each figure (`loss`, `accuracy`,
        `val_loss`, `val_accuracy`) its value after each epoch.

    Raises:
        InputError: If the loss became infinite or no number.
    """
    strategy = _strategy(accelerators or list_accelerators())
    with (
        strategy.scope() if strategy else contextlib.nullcontext(),
        _computing_in(parameters.precision),
    ):
        model = build_model(parameters.learning_rate)
    if strategy is None:
        # Keras can't run several steps at once on several devices.
        model.steps_per_execution = _steps_per_execution(train_batches.steps)
    history = model.fit(
        train_batches.dataset,
        validation_data=test_batches.dataset,
        epochs=parameters.epochs,
        shuffle=False,  # the batches come shuffled
        callbacks=[
            keras.callbacks.TensorBoard(log_dir, write_graph=False),
            keras.callbacks.TerminateOnNaN(),
            _teller(parameters.epochs),
        ],
        # A line an epoch reads well in a log.
        verbose=2,
    )
    if not np.isfinite(history.history["loss"]).all():
        raise InputError(
            f"Training must keep the loss finite; it diverged with a learning rate of "
            f"{parameters.learning_rate:g}: lower it."
        )
    if parameters.precision != FLOAT32:
        model = _in_float32(model, parameters.learning_rate)
    return model, {
        name: [float(value) for value in values]
        for name, values in history.history.items()
    }


def list_accelerators() -> list[str]:
    """Lists the devices that train unless others are named, for example `GPU:0`."""
    return [
        device.name.removeprefix("/physical_device:")
        for device in tf.config.list_physical_devices("GPU")
    ]


def set_seed(seed: int) -> None:
    """Seeds Python, NumPy and TensorFlow."""
    keras.utils.set_random_seed(seed)


@contextlib.contextmanager
def _computing_in(precision: str) -> Iterator[None]:
    former = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(former)


def _in_float32(model: keras.Model, learning_rate: float) -> keras.Model:
    """Returns the same network with the same weights, for machines of all kinds."""
    copy = build_model(learning_rate)
    copy.set_weights(model.get_weights())
    return copy


def _teller(epochs: int) -> keras.callbacks.Callback:
    def end(epoch: int, logs: Mapping[str, float]) -> None:
        report_epoch(Epoch(epoch + 1, epochs, logs["accuracy"], logs["val_accuracy"]))

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: report_epoch(Epoch(epoch + 1, epochs)),
        on_epoch_end=end,
    )


def _steps_per_execution(steps: int) -> int:
    """Returns the largest divisor of an epoch, so that Keras counts steps rightly."""
    return max(
        divisor
        for divisor in range(1, min(_MAX_STEPS_PER_EXECUTION, steps) + 1)
        if steps % divisor == 0
    )


def _strategy(accelerators: Sequence[str]) -> tf.distribute.Strategy | None:
    if len(accelerators) < 2:
        return None
    return tf.distribute.MirroredStrategy(list(accelerators))
