import numpy as np
import pytest
import tensorflow as tf

from tests.support.servers.tf_serving import tf_serving_stand_in


@pytest.fixture(scope="module")
def server(exported):
    with tf_serving_stand_in(exported.folder, "fashion_mnist", 7) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def resizing_server(resizing):
    with tf_serving_stand_in(resizing.folder, "discs", 1) as addresses:
        yield addresses


class FormerModel(tf.Module):
    """A model with the answers of version 0.1, and without its networks."""

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28], tf.uint8, "images")])
    def predict_images(self, images):
        count = tf.shape(images)[0]
        return {
            "probabilities": tf.tile([[0.1, 0.7, 0.2]], [count, 1]),
            "class_id": tf.ones([count], tf.int64),
            "class_name": tf.fill([count], "Trouser"),
        }


@pytest.fixture(scope="session")
def former(tmp_path_factory):
    """Folder of a model of version 0.1."""
    folder = str(tmp_path_factory.mktemp("former"))
    module = FormerModel()
    signatures = {"predict_images": module.predict_images}
    tf.saved_model.save(module, folder, signatures=signatures)
    return folder


@pytest.fixture(scope="module")
def former_server(former):
    with tf_serving_stand_in(former, "fashion_mnist", 1) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def other_model(tmp_path_factory):
    """Folder of a model that knows nothing of images."""
    folder = str(tmp_path_factory.mktemp("other"))
    module = tf.Module()
    module.double = tf.function(
        lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([None], np.float32, "x")]
    )
    tf.saved_model.save(module, folder, signatures={"serving_default": module.double})
    return folder
