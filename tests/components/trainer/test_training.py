import tensorflow as tf

from components.trainer.data import Batches
from components.trainer.training import set_seed, train


def _batches():
    images = tf.random.stateless_uniform([32, 28, 28, 1], seed=(1, 2))
    labels = tf.range(32, dtype=tf.int64) % 10
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(8)
    return Batches(dataset, steps=4)


def _train(log_dir, epochs=2):
    set_seed(7)
    return train(_batches(), _batches(), epochs, 0.001, str(log_dir))


def test_the_history_has_each_figure_after_each_epoch(tmp_path):
    _, history = _train(tmp_path, epochs=3)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 3 for values in history.values())


def test_every_batch_of_every_epoch_is_trained_on_once(tmp_path):
    model, _ = _train(tmp_path, epochs=3)
    assert int(model.optimizer.iterations) == 3 * 4


def test_the_same_seed_gives_the_same_history(tmp_path):
    assert _train(tmp_path / "a")[1] == _train(tmp_path / "b")[1]


def test_tensorboard_logs_are_written(tmp_path):
    _train(tmp_path)
    assert list(tmp_path.glob("train/events.out.tfevents.*"))
