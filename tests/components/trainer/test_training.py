import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from components.parameters import TrainingParameters
from components.precision import MIXED_BFLOAT16
from components.trainer.data import Batches
from components.trainer.epochs import Epoch, listen_to_epochs
from components.trainer.training import SECONDS, train
from tests.support.fashion import DESCRIPTION


def _batches():
    images = tf.random.stateless_uniform([32, 28, 28, 1], seed=(1, 2))
    labels = tf.range(32, dtype=tf.int64) % 10
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(8)
    return Batches(dataset, steps=4)


def _train(log_dir, epochs=2):
    keras.utils.set_random_seed(7)
    parameters = TrainingParameters(epochs=epochs)
    return train(_batches(), _batches(), DESCRIPTION, parameters, str(log_dir))


def test_the_history_has_each_figure_after_each_epoch(tmp_path):
    _, history = _train(tmp_path, epochs=3)
    metrics = {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert set(history) == {*metrics, SECONDS}
    assert all(len(values) == 3 for values in history.values())


def test_a_listener_is_told_of_each_epoch_as_it_begins_and_ends(tmp_path):
    epochs = []
    with listen_to_epochs(epochs.append):
        _, history = _train(tmp_path, epochs=2)
    pairs = list(zip(history["accuracy"], history["val_accuracy"], strict=True))
    ends = [each for each in epochs if each.accuracy is not None]
    assert ends == [
        Epoch(number, 2, *pair, part=1.0) for number, pair in enumerate(pairs, start=1)
    ]
    # Each begins at 0 and gets on to the end of its batches.
    for number in (1, 2):
        parts = [each.part for each in epochs if each.number == number]
        assert parts == sorted(parts)
        assert (parts[0], parts[-1]) == (0, 1)
    count = len(epochs)
    _train(tmp_path, epochs=1)
    assert len(epochs) == count


def test_every_batch_of_every_epoch_is_trained_on_once(tmp_path):
    model, _ = _train(tmp_path, epochs=3)
    assert int(model.optimizer.iterations) == 3 * 4


def test_the_same_seed_gives_the_same_history(tmp_path):
    histories = [_train(tmp_path / name)[1] for name in ("a", "b")]
    for history in histories:
        assert len(history.pop(SECONDS)) == len(history["loss"])
    assert histories[0] == histories[1]


def test_mixed_bfloat16_trains_in_it_and_gives_a_model_in_float32(
    tmp_path, monkeypatch
):
    trained = []
    monkeypatch.setattr(
        keras.callbacks.Callback, "on_train_end",
        lambda callback, logs=None: trained.append(callback.model),
    )  # fmt: skip
    keras.utils.set_random_seed(7)
    former = keras.config.dtype_policy()
    parameters = TrainingParameters(epochs=2, precision=MIXED_BFLOAT16)
    model, history = train(
        _batches(), _batches(), DESCRIPTION, parameters, str(tmp_path)
    )
    assert keras.config.dtype_policy() == former
    # On several cores, the model that is fitted holds the network.
    (network,) = trained[0].layers if len(trained[0].layers) == 1 else [trained[0]]
    in_bfloat16 = [layer.compute_dtype for layer in network.layers]
    assert in_bfloat16 == ["bfloat16"] * (len(in_bfloat16) - 1) + ["float32"]
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    for weight, other in zip(model.weights, trained[0].weights, strict=True):
        np.testing.assert_array_equal(weight, other)
    _, in_float32 = _train(tmp_path)
    assert history["loss"] != in_float32["loss"]
    np.testing.assert_allclose(history["loss"], in_float32["loss"], rtol=0.02)


def test_tensorboard_logs_are_written(tmp_path):
    _train(tmp_path)
    assert list(tmp_path.glob("train/events.out.tfevents.*"))


TWO_DEVICES = """
import tensorflow as tf

(processor,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    processor, [tf.config.LogicalDeviceConfiguration()] * 2
)

import sys

import keras
import numpy as np

from components.parameters import TrainingParameters
from components.trainer import training
from components.trainer.data import Batches
from tests.support.fashion import DESCRIPTION

random = np.random.default_rng(1)
labels = random.integers(0, 10, 64)
images = random.random((64, *DESCRIPTION.image_shape), np.float32) / 10
images[np.arange(64), labels, :] += 0.9
batches = Batches(tf.data.Dataset.from_tensor_slices((images, labels)).batch(16), 4)
keras.utils.set_random_seed(1)
model, history = training.train(
    batches,
    batches,
    DESCRIPTION,
    TrainingParameters(epochs=20, learning_rate=0.01),
    sys.argv[1],
    accelerators=["CPU:0", "CPU:1"],
)
(variable, *_) = model.trainable_variables
assert [copy.device[-5:] for copy in variable.value.values] == ["CPU:0", "CPU:1"]
assert history["accuracy"][-1] > 0.9, history
assert model.predict(images, verbose=0).shape == (64, 10)
"""


def test_several_devices_share_each_batch(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]
