import pytest
import tensorflow as tf

from components import features
from components.evaluator.floor import floor_above_guessing


def write(folder, name, labels):
    with tf.io.TFRecordWriter(str(folder / name), "GZIP") as writer:
        for label in labels:
            example = tf.train.Example()
            feature = example.features.feature
            feature[features.LABEL].int64_list.value.append(label)
            feature[features.IMAGE].bytes_list.value.append(b"an image")
            writer.write(example.SerializeToString())


@pytest.mark.parametrize(
    ("labels", "floor"),
    [
        # Always guessing class 1 is right for 5 of 10; a model must be for 6.
        ([0, 0, 0, 1, 1, 1, 1, 1, 2, 2], 0.6),
        ([0, 1, 2, 3] * 25, 0.26),
        ([3, 3, 3], 1.0),
    ],
)
def test_the_floor_is_one_image_above_guessing_the_commonest_class(
    tmp_path, labels, floor
):
    # The split is in several files.
    write(tmp_path, "a.gz", labels[:2])
    write(tmp_path, "b.gz", labels[2:])
    assert floor_above_guessing(str(tmp_path), 4) == pytest.approx(floor)
