import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components import features
from components.served_model.signatures import make_inputs


@pytest.fixture
def png():
    pixels = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return pixels, file.getvalue()


def test_pixels_are_sent_as_they_are(png):
    pixels, encoded = png
    inputs = make_inputs("predict_images", [encoded, encoded])
    np.testing.assert_array_equal(inputs, [pixels, pixels])
    assert inputs.dtype == np.uint8


def test_encoded_images_are_sent_as_they_are(png):
    assert make_inputs("predict_png", [png[1]]).tolist() == [png[1]]


def test_a_tf_example_holds_the_encoded_image(png):
    (serialized,) = make_inputs("serving_default", [png[1]])
    feature = tf.train.Example.FromString(serialized).features.feature
    assert feature[features.IMAGE].bytes_list.value[:] == [png[1]]
