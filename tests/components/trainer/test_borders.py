import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.served_model.background import Background
from components.trainer.borders import measure_background
from tests.support.fashion import DESCRIPTION


def write_split(folder, images):
    folder.mkdir()
    with tf.io.TFRecordWriter(str(folder / "a.gz"), "GZIP") as writer:
        for image in images:
            file = io.BytesIO()
            image.save(file, "PNG")
            example = tf.train.Example()
            example.features.feature["image"].bytes_list.value.append(file.getvalue())
            writer.write(example.SerializeToString())
    return str(folder)


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_the_borders_of_the_images_are_measured_before_they_are_resized(tmp_path, mode):
    images = [
        Image.fromarray(np.full(size, level, np.uint8)).convert(mode)
        for size, level in (((28, 28), 0), ((40, 90), 0), ((9, 9), 255), ((1, 1), 255))
    ]
    description = DESCRIPTION.model_copy(update={"resize": "letterbox"})
    measured = measure_background(write_split(tmp_path / "split", images), description)
    # The last one has no border.
    assert measured == Background(images=3, dark=2 / 3, bright=1 / 3)


def test_nothing_is_measured_for_a_network_of_colours(tmp_path):
    split = write_split(tmp_path / "split", [Image.new("RGB", (28, 28))])
    colours = DESCRIPTION.model_copy(update={"channels": 3})
    assert measure_background(split, colours) is None


def test_a_split_without_files_has_no_background(tmp_path):
    assert measure_background(str(tmp_path), DESCRIPTION) is None
