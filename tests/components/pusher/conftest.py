import uuid

import pytest
import tensorflow as tf

from components.served_model.model_lineage import ModelLineage


@pytest.fixture
def make_model(tmp_path):
    """Makes a small SavedModel whose lineage names the given model URI."""

    def make(model_uri: str) -> str:
        module = tf.Module()
        module.weights = tf.Variable(tf.zeros([1000, 100]))
        module.predict = tf.function(
            lambda x: x + tf.reduce_sum(module.weights),
            input_signature=[tf.TensorSpec([], tf.float32)],
        )
        folder = str(tmp_path / "models" / model_uri)
        tf.saved_model.save(module, folder)
        ModelLineage(
            pipeline="fashion_mnist",
            run_id="1",
            model_uri=model_uri,
            examples_uri="examples",
            dataset="tiny_fashion:1.0.0",
            code_digest="0",
        ).write(folder)
        return folder

    return make


@pytest.fixture(params=["folder", "object store"])
def base_dir(request, tmp_path):
    """A folder, and TensorFlow's in-memory store, which has a URI like any other."""
    if request.param == "folder":
        return str(tmp_path / "serving")
    return f"ram://{uuid.uuid4().hex}/serving"
